// The row of panels: a canvas each, with its snapshot, legend and scale.
import { element, fillSelect, number, steps } from "./dom.js";
import { PanelCanvas } from "./panel.js";

export class Panels {
  constructor(root, painter, onSnapshot) {
    this.root = root;
    this.painter = painter;
    this.onSnapshot = onSnapshot;
    this.views = [];
  }

  build(letters, screen) {
    const key = `${letters} ${screen}`;
    if (key === this.key) return;
    this.key = key;
    this.views = letters.map((letter, i) => this.view(letter, i, screen));
    this.root.replaceChildren(...this.views.map(({ node }) => node));
  }

  view(letter, i, [height, width]) {
    const node = element("figure", "panel");
    const head = element("div", "panel-head");
    const select = element("select");
    select.setAttribute("aria-label", `Snapshot of panel ${letter}`);
    select.onchange = () => {
      this.onSnapshot(i, select.value === "" ? null : Number(select.value));
      select.blur();
    };
    head.append(element("b", "letter", letter), select);
    const frame = element("div", "screen");
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    frame.append(canvas);
    const legend = element("div", "legend");
    const [low, bar, high] = [element("span"), element("canvas"), element("span")];
    bar.setAttribute("aria-hidden", "true");
    legend.append(low, bar, high);
    const caption = element("figcaption");
    node.append(head, frame, legend, caption);
    return { node, select, canvas, legend, low, bar, high, caption, picture: new PanelCanvas(canvas, height, width) };
  }

  // Everything about panel i that does not change from frame to frame.
  describe(i, { snapshots, step, source, scale, mode, optional }) {
    const view = this.views[i];
    const options = snapshots.map(({ step: value, label }) => [value, label]);
    fillSelect(view.select, optional ? [["", "none"], ...options] : options, step ?? "");
    view.node.classList.toggle("empty", step === null);
    const text = source ? `${source.method} of ${source.target}` : "";
    view.legend.style.visibility = source ? "visible" : "hidden";
    if (source) {
      if (view.signed !== source.signed) {
        view.signed = source.signed;
        this.painter.legend(view.bar, source.signed);
      }
      view.low.textContent = source.signed ? `−${number(scale)}` : "0";
      view.high.textContent = `+${number(scale)}`;
    }
    const how = { episode: "p99.9 of the episode", shared: "largest p99.9 shown", frame: "this decision" }[mode];
    view.caption.textContent = source
      ? `${text} · scale: ${how}`
      : step === null ? "" : "no map of this method and target for this snapshot";
    view.caption.title = view.caption.textContent;
    view.canvas.setAttribute("aria-label", `Game with relevance of ${text || "no map"}, snapshot ${step === null ? "none" : steps(step)}`);
  }
}
