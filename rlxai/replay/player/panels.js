// The panels: a picture each, with what it shows, the colours of its scale and the share of each stacked frame.
import { showBadge } from "./badge.js";
import { PANEL_COLOURS } from "./colour.js";
import { button, element, fillSelect, number, setText, steps } from "./dom.js";
import { Overlay } from "./overlay.js";
import { PanelCanvas } from "./panel.js";
import { HOW } from "./scale.js";

export const LETTERS = "ABCDEFGHIJ";
export const FEW = 2; // panels beside which there is room for more than the NOW column
export const IN_A_ROW = 6;
const LARGEST = 320; // twice the game's width
const LARGEST_OF_MANY = 240;
const NARROW = 230;
const SIDE = 292; // the NOW column needs this
const NARROW_SIDE = 238; // or this, with numbers alone
const GAP = 12;
const CLOSE = "M4 4l8 8M12 4l-8 8";

// Columns and width of the pictures: up to six stand in one row beside the NOW column, more in two rows above it.
export function arranged(count, available) {
  if (count > IN_A_ROW) {
    const columns = Math.ceil(count / 2);
    return { columns, width: Math.min(LARGEST_OF_MANY, Math.floor((available + GAP) / columns) - GAP) };
  }
  const side = count > 4 ? NARROW_SIDE : SIDE;
  return { columns: count, width: Math.max(96, Math.min(LARGEST, Math.floor((available - side) / count) - GAP)) };
}

export class Panels {
  // actions: { change(i, values), remove(i), point({ i, x, y } or null), trust(source) -> address or "" }
  constructor(root, painter, actions) {
    Object.assign(this, { root, painter, actions, views: [] });
  }

  // screens: [height, width] of each panel's game.
  build(screens) {
    const key = JSON.stringify(screens);
    if (key === this.key) return;
    this.key = key;
    this.views = screens.map((screen, i) => this.view(LETTERS[i], i, screen));
    this.root.replaceChildren(...this.views.map(({ node }) => node));
  }

  fit(available) {
    const count = this.views.length;
    if (!count || !available) return;
    const { columns, width } = arranged(count, available);
    this.root.style.setProperty("--w", `${width}px`);
    this.root.style.setProperty("--columns", columns);
    this.narrow = width < NARROW;
    this.root.classList.toggle("narrow", this.narrow);
  }

  view(letter, i, [height, width]) {
    const node = element("figure", "panel");
    const head = element("div", "panel-head");
    const badge = element("b", "letter", letter);
    badge.style.setProperty("--mark", PANEL_COLOURS[i]);
    const selects = Object.fromEntries(["step", "method", "target"].map((key) => [key, this.select(key, letter, i)]));
    const remove = button(`Remove panel ${letter}`, CLOSE, () => this.actions.remove(i));
    remove.classList.add("remove");
    head.append(badge, ...Object.values(selects), remove);
    const screen = element("div", "screen");
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    screen.style.aspectRatio = `${width} / ${height}`;
    const overlay = new Overlay(screen, canvas, (at) => this.actions.point(at && { i, ...at }));
    const legend = element("div", "legend");
    const [low, bar, high] = [element("span"), element("canvas"), element("span")];
    bar.setAttribute("aria-hidden", "true");
    legend.append(low, bar, high);
    const frames = element("div", "frames");
    const [figcaption, earned, caption] = [element("figcaption"), element("a", "earned"), element("span", "said")];
    figcaption.append(earned, caption);
    node.append(head, screen, legend, frames, figcaption);
    return { node, selects, remove, canvas, overlay, legend, low, bar, high, frames, earned, caption, picture: new PanelCanvas(canvas, height, width) };
  }

  select(key, letter, i) {
    const select = element("select", `pick-${key}`);
    select.setAttribute("aria-label", `${key === "step" ? "Snapshot" : key[0].toUpperCase() + key.slice(1)} of panel ${letter}`);
    select.onchange = () => {
      this.actions.change(i, { [key]: key === "step" ? Number(select.value) : select.value });
      select.blur();
    };
    return select;
  }

  // moment: { scenes, times, shown }; scales: relevance of full colour of each panel.
  paint({ scenes, shown }, scales, options) {
    shown.forEach(({ frame, map }, i) => {
      if (!frame) return;
      const { game, source } = scenes[i];
      const table = this.painter.table(game.episode.meta.palette, source?.signed ?? true, options);
      this.views[i].picture.draw(frame, map, scales[i], table, options.smooth);
    });
  }

  // Everything about panel i that does not change from frame to frame.
  // told: { panel, offered: { step, method, target: [[value, label]] or null }, source, scale, mode, cmap, only, about, shares, even }
  describe(i, { panel, offered, source, scale, mode, cmap, only, about, shares, even }) {
    const view = this.views[i];
    view.node.classList.toggle("free", Object.values(offered).every(Boolean));
    for (const [key, select] of Object.entries(view.selects)) {
      select.hidden = !offered[key]?.length;
      if (!offered[key]) continue;
      const short = this.narrow && key === "step";
      fillSelect(select, short ? offered[key].map(([value]) => [value, `step ${steps(value)}`]) : offered[key], panel[key] ?? "");
      select.title = select.selectedOptions[0]?.textContent ?? "";
    }
    view.remove.hidden = only;
    this.describeScale(view, source, scale, cmap);
    showBadge(view.earned, source, source ? this.actions.trust(source) : "");
    const what = source ? `${source.method} of ${source.target}` : panel.step === null ? "" : `no map of ${panel.method || "any method"}`;
    const frames = even && "the same on every stacked frame, by the method's rule";
    setText(view.caption, [what, about, source && `scale: ${HOW[mode]}`, frames].filter(Boolean).join(" · "));
    if (view.caption.title !== view.caption.textContent) view.caption.title = view.caption.textContent;
    const label = `Game with relevance of ${source ? what : "no map"}, snapshot ${panel.step === null ? "none" : steps(panel.step)}`;
    if (view.canvas.getAttribute("aria-label") !== label) view.canvas.setAttribute("aria-label", label);
    this.describeFrames(view, shares);
  }

  describeScale(view, source, scale, cmap) {
    view.legend.style.visibility = source ? "visible" : "hidden";
    if (!source) return;
    const colours = this.painter.name(source.signed, cmap);
    if (view.colours !== colours) {
      view.colours = colours;
      this.painter.legend(view.bar, source.signed, cmap);
    }
    setText(view.low, source.signed ? `−${number(scale)}` : "0");
    setText(view.high, `+${number(scale)}`);
  }

  // shares: of |R| on each stacked frame, oldest first; empty where they are not known.
  describeFrames(view, shares) {
    if (view.frames.childElementCount !== shares.length) {
      view.frames.replaceChildren(...shares.map((_, k) => {
        const cell = element("span", "frame");
        const age = shares.length - 1 - k;
        cell.append(element("i"), element("span", "", age ? `t−${age}` : "t"), element("b"));
        return cell;
      }));
      view.frames.title = "Share of |R| on each of the stacked frames";
    }
    shares.forEach((share, k) => {
      const [bar, , text] = view.frames.children[k].children;
      bar.style.width = `${Number.isFinite(share) ? 100 * share : 0}%`;
      setText(text, Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");
    });
  }
}
