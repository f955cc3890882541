// The NOW column: the values of the current decision as numbers and bars.
import { element, number, setText } from "./dom.js";
import { objectColour } from "./colour.js";
import { actionColour } from "./timeline.js";

const LIFT_RANGE = Math.log(16); // bars reach 1/16 to 16 times chance
const BARS = 2; // with more columns there is room for numbers only

export class Now {
  constructor(root) {
    this.root = root;
    this.key = "";
  }

  // layout: { actions, groups: [letters of the panels of one network], panels: [letter], objects }; rebuilt only when
  // it changes.
  build(layout) {
    const key = JSON.stringify(layout);
    if (key === this.key) return;
    this.key = key;
    this.layout = layout;
    this.headline = element("div", "headline");
    this.pointer = element("span", "note pointer");
    const top = element("div", "top");
    top.append(this.headline, this.pointer);
    this.action = element("div", "action");
    this.picks = element("div", "action picks");
    this.outputs = grid(layout.groups, layout.actions, (name, i) => actionColour(i));
    this.gaps = layout.groups.map(() => element("b", "gap"));
    if (layout.groups.length) this.outputs.node.append(element("span", "name note", "gap to 2nd"), ...this.gaps);
    this.lifts = grid(layout.panels, layout.objects, (name, i) => objectColour(name, i));
    this.cluster = element("div", "action");
    const parts = element("div", "now-parts");
    if (layout.groups.length) parts.append(part("Network outputs Q", layout.groups.length > BARS ? "" : "bars: smallest to largest", this.outputs.node));
    if (layout.objects.length) parts.append(part("Lift", "share of |R| ÷ share of area", this.lifts.node));
    this.root.replaceChildren(top, this.action, this.picks, this.cluster, parts);
  }

  // told: { t, skip, lives, score, taken, chosen: action indices, own: [taken action or null] in own play,
  //         outputs: [[q]] by group, disagree, lifts: [[value by panel] by object], clusters: [text by panel] }
  update(told) {
    const { actions, groups, panels } = this.layout;
    const seconds = ((told.t * told.skip) / 60).toFixed(1);
    setText(this.headline, `t ${told.t} · ${seconds} s · lives ${told.lives} · score ${told.score}`);
    const greedy = told.taken === told.chosen ? "greedy" : `greedy would be ${actions[told.chosen]}`;
    setText(this.action, told.own
      ? told.own.map((taken, i) => `${panels[i]} ${taken === null ? "has ended" : `presses ${actions[taken]}`}`).join(" · ")
      : `action taken ${actions[told.taken]} (${greedy})`);
    const best = told.outputs.map((values) => values.indexOf(Math.max(...values)));
    setText(this.picks, (told.own ? "" : picksOf(groups, best.map((i) => actions[i]))) + (told.disagree ? " ← they disagree" : ""));
    this.picks.classList.toggle("disagree", told.disagree);
    this.showOutputs(told.outputs, best);
    this.lifts.cells.forEach((cells, object) => cells.forEach(({ bar, text }, panel) => {
      const value = told.lifts[object][panel];
      const length = Number.isFinite(value) ? Math.max(-1, Math.min(1, Math.log(Math.max(value, 1e-9)) / LIFT_RANGE)) : 0;
      bar.style.left = `${50 + Math.min(0, length) * 50}%`;
      bar.style.width = `${Math.abs(length) * 50}%`;
      setText(text, times(value, panels.length > BARS));
    }));
    setText(this.cluster, told.clusters.map((name, i) => name && `${panels[i]} cluster ${name}`).filter(Boolean).join(" · "));
  }

  showOutputs(outputs, best) {
    outputs.forEach((values, group) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const sorted = [...values].sort((a, b) => b - a);
      this.outputs.cells.forEach((cells, action) => {
        const { bar, text, cell } = cells[group];
        const value = values[action] ?? NaN;
        // The smallest output keeps a short bar: the differences are what decides, not the common value.
        bar.style.left = "0";
        bar.style.width = Number.isFinite(value) ? `${high > low ? 8 + (92 * (value - low)) / (high - low) : 100}%` : "0";
        setText(text, number(value, outputs.length > BARS ? 3 : 4));
        cell.classList.toggle("chosen", action === best[group]);
      });
      setText(this.gaps[group], sorted.length > 1 ? number(sorted[0] - sorted[1], 2) : "");
    });
  }

  point(text) { setText(this.pointer, text); }
}

// What each network would press; many of them by action.
function picksOf(groups, picks) {
  if (groups.length <= BARS) return groups.map((letters, i) => `${letters} would press ${picks[i]}`).join(" · ");
  return [...new Set(picks)].map((pick) => `${pick}: ${groups.filter((_, i) => picks[i] === pick).join(" ")}`).join(" · ");
}

// A table of bars and numbers: a line per name, a column per letter.
function grid(letters, names, colour) {
  const node = element("div", `bars${letters.length > BARS ? " dense" : ""}`);
  node.style.setProperty("--columns", Math.max(1, letters.length));
  if (letters.length > 1) node.append(element("span"), ...letters.map((letter) => element("span", "bars-head", letter)));
  const cells = names.map((name, i) => {
    node.append(element("span", "name", name));
    return letters.map(() => {
      const cell = element("span", "cell");
      const [bar, text, track] = [element("i"), element("b"), element("span", "track")];
      bar.style.background = colour(name, i);
      track.append(bar);
      cell.append(track, text);
      node.append(cell);
      return { bar, text, cell };
    });
  });
  return { node, cells };
}

function part(title, note, body) {
  const node = element("div");
  const heading = element("h4", "", title);
  heading.append(element("span", "note", note));
  node.append(heading, body);
  return node;
}

function times(lift, short) {
  if (!Number.isFinite(lift)) return "–";
  if (short) return lift < 9.95 ? lift.toFixed(lift < 0.995 ? 2 : 1) : lift.toFixed(0);
  return lift > 0 && lift < 0.01 ? "<0.01×" : `${number(lift, 2)}×`;
}
