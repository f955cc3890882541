// The line above the panels: what they compare, what they share, which states they show.
import { button, element, fillSelect, name } from "./dom.js";

const LINK = "M6.5 9.5l3-3M5.5 7L3.8 8.7a2.5 2.5 0 0 0 3.5 3.5L9 10.5M7 5.5l1.700-1.700a2.500 2.500 0 0 1 3.500 3.500L10.500 9";
const PLUS = "M8 3v10M3 8h10";
const VIEWS = [["snapshots", "Snapshots"], ["methods", "Methods"], ["targets", "Targets"], ["free", "Free"]];
// Kinds of events worth aligning at, if the games have them, and their names.
const ALIGNED = { reward: "first reward", "tunnel opened": "first tunnel opened", "ball above wall": "ball first above wall", "life lost": "first life lost" };
const FIELDS = { snapshots: "step", methods: "method", targets: "target" };

export class Toolbar {
  // refs: compare, step, method, target, states, add, link; actions: { show(view), change(i, values), play(sync, align), add(), copy() }
  constructor(refs, actions) {
    this.refs = refs;
    this.views = VIEWS.map(([view, text]) => {
      const node = element("button", "", text);
      node.type = "button";
      node.onclick = () => actions.show(view);
      node.onmousedown = (event) => event.preventDefault();
      return { view, node };
    });
    refs.compare.replaceChildren(...this.views.map(({ node }) => node));
    for (const key of Object.values(FIELDS)) {
      listen(refs[key], (value) => actions.change(null, { [key]: key === "step" ? Number(value) : value }));
    }
    listen(refs.states, (value) => actions.play(...(value === "same" ? ["same"] : ["own", value.slice("own:".length)])));
    this.add = button("Add a panel (+)", PLUS, () => actions.add());
    this.link = button("Copy link (l)", LINK, () => actions.copy());
    for (const node of [this.add, this.link]) node.classList.add("outlined");
    refs.add.replaceChildren(this.add);
    refs.link.replaceChildren(this.link);
  }

  // events: kinds of events of the games shown, for aligning own play.
  update(choice, events) {
    const { refs } = this;
    const [panel] = choice.panels;
    for (const { view, node } of this.views) node.setAttribute("aria-pressed", String(view === choice.view));
    for (const [view, key] of Object.entries(FIELDS)) {
      const shared = choice.view !== view && choice.view !== "free";
      const options = shared ? offered(choice, key) : [];
      refs[key].closest("label").hidden = !options.length;
      fillSelect(refs[key], options, panel[key] ?? "");
    }
    const kinds = ["start", ...Object.keys(ALIGNED).filter((kind) => events.includes(kind) || kind === choice.align)];
    const own = Object.keys(choice.own).length
      ? kinds.map((kind) => [`own:${kind}`, `own play, aligned at ${kind === "start" ? "the start" : ALIGNED[kind]}`]) : [];
    fillSelect(refs.states, [["same", "the same states"], ...own], choice.sync === "own" ? `own:${choice.align}` : "same");
    this.add.disabled = !choice.another;
  }

  copied(done) {
    name(this.link, done ? "Link copied" : "Copy link (l)");
    this.link.classList.toggle("done", done);
  }
}

// [[value, label]] of one of the three things that panels differ in.
export function offered(choice, key) {
  if (key !== "step") return choice[`${key}s`].map((value) => [value, value]);
  const known = new Set(choice.steps);
  return choice.snapshots.filter(({ step }) => known.has(step)).map(({ step, label }) => [step, label]);
}

// What panel lists offer: only what the view compares, since the toolbar holds the rest.
export function offeredByPanels(choice) {
  const keys = choice.view === "free" ? Object.values(FIELDS) : [FIELDS[choice.view]];
  return Object.fromEntries(Object.values(FIELDS).map((key) => [key, keys.includes(key) ? offered(choice, key) : null]));
}

function listen(select, act) {
  select.onchange = () => {
    act(select.value);
    select.blur(); // so that keys drive the player again
  };
}
