// What the panels show: up to ten combinations of snapshot, method and target, over the same states or own play.
import { MOST_PANELS, VIEWS } from "./address.js";

const METHOD = "lrp-epsilon-plus-flat";
const TARGET = "advantage";
const FIRST = { snapshots: 2, methods: 6, targets: 4 }; // panels that a view starts with
const VARIES = { snapshots: "step", methods: "method", targets: "target" };

export class Choice {
  // episodes: [{ task, step, decisions, maps: [{ task, step, method, target, signed, scale }] }], the one played
  // first; own: { step: task } of the game that each snapshot played; snapshots: [{ step, label }].
  constructor(input) {
    this.memory = {};
    this.sync = "same";
    this.panels = [];
    this.know(input);
  }

  // A run that is still in training gains snapshots and maps.
  know({ episodes, own, snapshots }) {
    Object.assign(this, { episodes, own, snapshots });
    this.byTask = new Map(episodes.map((episode) => [episode.task, episode]));
  }

  // Start where a link says; what it names but is not there is replaced by the nearest that is.
  start({ panels, view, sync, align }) {
    this.sync = sync === "own" && Object.keys(this.own).length ? "own" : "same";
    this.align = align;
    this.panels = this.nearestOf(panels);
    if (!this.panels.length) this.panels = this.preset(VIEWS.includes(view) && view !== "free" ? view : "snapshots");
    this.view = this.fits(view) ? view : VIEWS.find((name) => this.fits(name));
  }

  // ---- what there is to choose from ----------------------------------------------------------------------------

  game(panel) {
    return (this.sync === "own" && this.byTask.get(this.own[panel.step])) || this.episodes[0];
  }

  get games() { return this.panels.map((panel) => this.game(panel)); }

  get maps() { return (this.sync === "own" ? this.episodes : this.episodes.slice(0, 1)).flatMap(({ maps }) => maps); }

  get steps() {
    const known = new Set(this.sync === "own" ? Object.keys(this.own).map(Number) : this.maps.map(({ step }) => step));
    return this.snapshots.map(({ step }) => step).filter((step) => known.has(step));
  }

  get methods() { return [...new Set(this.maps.map(({ method }) => method))].sort(); }

  get targets() { return [...new Set(this.maps.map(({ target }) => target))].sort(); }

  // The maps of each panel, null where there are none.
  get sources() { return this.panels.map((panel) => this.source(panel)); }

  source(panel) {
    const same = (map) => map.step === panel.step && map.method === panel.method && map.target === panel.target;
    return this.game(panel).maps.find(same) ?? null;
  }

  // ---- changes -------------------------------------------------------------------------------------------------

  // Values for one panel, or for all of them (i null): a method without maps of the target takes one that has some.
  change(i, values) {
    this.panels = this.panels.map((panel, j) => {
      if (i !== null && j !== i) return panel;
      const next = { ...panel, ...values };
      if (!this.source(next) && "method" in values) {
        const target = this.maps.find(({ step, method }) => step === next.step && method === next.method)?.target;
        if (target !== undefined) next.target = target;
      }
      return next;
    });
  }

  nextMethod() {
    const { methods } = this;
    this.panels.forEach(({ method }, i) => this.change(i, { method: methods[(methods.indexOf(method) + 1) % methods.length] ?? "" }));
  }

  show(view) {
    if (view === this.view) return;
    this.memory[this.view] = this.panels;
    if (view !== "free" && !this.fits(view)) this.panels = this.memory[view] ?? this.preset(view);
    this.view = view;
  }

  play(sync, align = "start") {
    this.sync = sync;
    this.align = align;
    this.panels = this.nearestOf(this.panels);
  }

  // What another panel would show, or null where nothing is left or there are ten.
  get another() {
    if (this.panels.length >= MOST_PANELS) return null;
    const last = this.panels.at(-1);
    const shown = new Set(this.panels.map((panel) => JSON.stringify(panel)));
    const key = VARIES[this.view];
    const all = key
      ? this[`${key}s`].map((value) => ({ ...last, [key]: value }))
      : this.steps.flatMap((step) => this.methods.flatMap((method) => this.targets.map((target) => ({ step, method, target }))));
    const found = all.filter((panel) => !shown.has(JSON.stringify(panel)));
    // A snapshot's own game is worth seeing without maps, the same picture once more is not.
    return found.find((panel) => this.source(panel)) ?? (this.view === "snapshots" ? found[0] : null) ?? null;
  }

  add() {
    const { another } = this;
    if (another) this.panels = [...this.panels, another].sort((a, b) => (this.view === "snapshots" ? a.step - b.step : 0));
  }

  remove(i) {
    if (this.panels.length > 1) this.panels = this.panels.filter((_, j) => j !== i);
  }

  // ---- helpers -------------------------------------------------------------------------------------------------

  // Whether the panels differ in nothing but what the view compares.
  fits(view) {
    if (view === "free") return true;
    const others = Object.values(VARIES).filter((key) => key !== VARIES[view]);
    return view in VARIES && others.every((key) => this.panels.every((panel) => panel[key] === this.panels[0][key]));
  }

  preset(view) {
    const base = this.nearest(this.panels.at(-1) ?? { step: null, method: "", target: "" });
    const key = VARIES[view];
    const values = this[`${key}s`];
    if (!values.length) return [base];
    const usable = values.filter((value) => this.source({ ...base, [key]: value }));
    const names = usable.length ? usable : values;
    const first = view === "snapshots" && names.length > 1 ? [names[0], names.at(-1)] : names.slice(0, FIRST[view]);
    return first.map((value) => ({ ...base, [key]: value }));
  }

  // Two that have the same nearest become one panel.
  nearestOf(panels) {
    const found = new Map(panels.map((panel) => this.nearest(panel)).map((panel) => [JSON.stringify(panel), panel]));
    return [...found.values()];
  }

  nearest({ step, method, target }) {
    const { steps, methods, targets } = this;
    const pick = (value, usual, all) => [value, usual].find((name) => all.includes(name)) ?? all[0] ?? "";
    const near = step === null ? steps.at(-1) : steps.reduce((a, b) => (a === undefined || Math.abs(b - step) < Math.abs(a - step) ? b : a), undefined);
    return { step: near ?? null, method: pick(method, METHOD, methods), target: pick(target, TARGET, targets) };
  }
}
