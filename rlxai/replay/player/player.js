// The player: brings playhead, choice and data together, draws, and tells Python only what is at rest.
import { Choice } from "./choice.js";
import { EpisodeData } from "./data.js";
import { fillSelect, steps } from "./dom.js";
import { Now } from "./now.js";
import { Painter } from "./panel.js";
import { Panels } from "./panels.js";
import { Playhead } from "./playhead.js";
import { Rows } from "./rows.js";
import { liftNames } from "./timeline.js";
import { SPEEDS, buildHelp, buildTransport, onKey } from "./transport.js";

const REPORT_MS = 250;
const TEXT_MS = 100; // while playing, texts are refreshed ten times a second, and again on pause
const LETTERS = ["A", "B"];

class Player {
  constructor(root) {
    this.refs = Object.fromEntries([...root.querySelectorAll("[data-ref]")].map((node) => [node.dataset.ref, node]));
    this.options = { dim: true, opacity: 0.85, threshold: 0, scale: "episode" };
    this.head = new Playhead();
    this.now = new Now(this.refs.now);
    this.rows = new Rows(this.refs, (t) => this.seek(t));
    this.showPlaying = buildTransport(this.refs.buttons, this);
    buildHelp(this.refs.help);
    this.bindControls();
    this.keys = (event) => onKey(event, this) && event.preventDefault();
    document.addEventListener("keydown", this.keys);
    this.resized = new ResizeObserver(() => this.rows.layout());
    this.resized.observe(this.refs.plot);
    this.tick = this.tick.bind(this);
    this.animation = requestAnimationFrame(this.tick);
  }

  // New input from Python: another episode starts afresh, the same one keeps its place.
  update(input, report) {
    this.report = report;
    const fresh = this.input?.base !== input.base || this.input.episode.task !== input.episode.task;
    this.input = input;
    if (fresh) {
      this.data = new EpisodeData(input, () => this.refresh());
      this.painter = new Painter(input.luts);
      this.panels = new Panels(this.refs.panels, this.painter, (i, step) => this.choose({ [i ? "b" : "a"]: step }));
      this.choice = new Choice(input.maps, input.snapshots, input.select);
      this.head.decisions = input.episode.decisions;
      this.head.seek(input.select.t);
    }
    Object.assign(this.choice, { maps: input.maps, snapshots: input.snapshots });
    this.refresh();
    this.rows.layout(); // the theme may be another one
  }

  destroy() {
    cancelAnimationFrame(this.animation);
    clearTimeout(this.reporting);
    document.removeEventListener("keydown", this.keys);
    this.resized.disconnect();
  }

  bindControls() {
    const { refs } = this;
    const listen = (ref, act) => {
      ref.onchange = () => {
        act(ref.value);
        ref.blur(); // so that keys drive the player again
      };
    };
    fillSelect(refs.speed, SPEEDS, this.head.speed);
    fillSelect(refs.scale, [["episode", "episode"], ["shared", "shared"], ["frame", "decision"]], this.options.scale);
    listen(refs.speed, (value) => { this.head.speed = Number(value); });
    listen(refs.scale, (scale) => this.setOptions({ scale }));
    listen(refs.method, (method) => this.choose({ method }));
    listen(refs.target, (target) => this.choose({ target }));
    listen(refs.goto, (value) => this.seek(Number(value)));
    for (const name of ["opacity", "threshold"]) {
      refs[name].value = this.options[name];
      refs[name].oninput = () => this.setOptions({ [name]: Number(refs[name].value) });
    }
    refs.dim.checked = this.options.dim;
    refs.dim.onchange = () => this.setOptions({ dim: refs.dim.checked });
    refs.helpButton.onclick = () => this.help();
  }

  // ---- commands: what buttons, keys and lists do ---------------------------------------------------------------

  choose(values) {
    this.choice.change(values);
    this.refresh();
    this.announce();
  }

  nextMethod() {
    this.choice.nextMethod();
    this.choose({});
  }

  setOptions(values) {
    Object.assign(this.options, values);
    this.refs.dim.checked = this.options.dim;
    this.changed();
  }

  toggleDim() { this.setOptions({ dim: !this.options.dim }); }

  help() { if (!this.refs.help.open) this.refs.help.showModal(); }

  toggle() { if (this.head.playing) this.pause(); else this.play(); }

  play() {
    if (this.head.decision >= this.head.decisions - 1) this.head.seek(0);
    this.head.playing = true;
    this.last = performance.now();
    clearTimeout(this.reporting);
    this.showPlaying(true);
  }

  pause() {
    this.head.playing = false;
    this.showPlaying(false);
    this.changed();
    this.announce();
  }

  seek(t) {
    if (!Number.isFinite(t)) return;
    this.head.seek(t);
    this.changed();
    this.announce();
  }

  step(by) {
    if (this.head.playing) this.pause();
    this.seek(this.head.decision + by);
  }

  jump(direction) {
    if (this.head.playing) this.pause();
    const found = this.head.event(this.data.episode?.meta.events ?? [], direction);
    if (found !== undefined) this.seek(found);
  }

  // Python hears of the view only when it has come to rest.
  announce() {
    clearTimeout(this.reporting);
    if (this.head.playing) return;
    this.reporting = setTimeout(() => {
      const { a, b, method, target } = this.choice;
      const view = { t: this.head.decision, a, b, method, target };
      if (JSON.stringify(view) === this.reported) return;
      this.reported = JSON.stringify(view);
      this.report("view", view);
    }, REPORT_MS);
  }

  changed() {
    this.dirty = true;
    this.textAt = 0;
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  // Rebuild what does not change from frame to frame: after data arrived or the choice changed.
  refresh() {
    this.changed();
    const { choice, refs, data } = this;
    fillSelect(refs.method, choice.methods.map((name) => [name, name]), choice.method);
    fillSelect(refs.target, choice.targets.map((name) => [name, name]), choice.target);
    const { episode } = data;
    const tables = choice.sources.map((source) => data.table(source));
    if (!episode) return;
    this.head.skip = episode.meta.skip;
    if (!this.started) this.head.seek(this.input.select.t); // now that the frames per decision are known
    this.started = true;
    const letters = LETTERS.slice(0, choice.steps.length);
    this.objects = liftNames(Object.assign({}, ...tables.map((table) => table?.columns)));
    this.panels.build(letters, episode.meta.screen);
    this.now.build({ actions: episode.meta.actions, outputs: episode.columns.output_0 ? this.input.outputs : "", panels: letters, objects: this.objects });
    const key = JSON.stringify([data.task, choice.sources.map((source, i) => tables[i] && source.task)]);
    if (key !== this.rowsKey) {
      this.rowsKey = key;
      const labels = choice.steps.map((step, i) => (step === null ? "" : `${letters[i]} ${steps(step)}`));
      this.rows.build({ episode, tables, labels, objects: this.objects, target: choice.target });
    }
    refs.goto.max = data.decisions - 1;
    refs.plot.setAttribute("aria-valuemax", data.decisions - 1);
    refs.of.textContent = `/ ${data.decisions - 1}`;
    refs.caption.textContent = this.input.caption;
  }

  tick(now) {
    this.animation = requestAnimationFrame(this.tick);
    if (!this.data) return;
    if (this.head.playing) {
      const elapsed = Math.min(250, now - this.last);
      this.last = now;
      if (this.waiting || this.head.advance(elapsed)) this.dirty = true;
      if (this.head.frame >= this.head.end) this.pause();
    }
    if (this.dirty) {
      this.dirty = false;
      this.draw(now);
    }
  }

  draw(now) {
    const { data, head, choice } = this;
    if (!data.episode) {
      this.status(data.state([data.episodePath]));
      return;
    }
    const [entry, sub] = head.shown;
    const t = head.decision;
    const { sources } = choice;
    const frame = data.frame(entry, sub);
    const maps = sources.map((source) => data.map(source, t));
    const paths = sources.filter(Boolean).map((source) => data.mapsPath(source, t));
    const state = data.state([data.framesPath(entry), ...paths]);
    this.status(state);
    this.waiting = state.waiting;
    data.prefetch(t, sources);
    if (frame && !(state.waiting && head.playing)) this.paint(frame, sources, maps);
    this.rows.cursor(head.frame / head.skip / data.decisions);
    if (!head.playing || now - this.textAt > TEXT_MS) {
      this.textAt = now;
      this.texts(t, sources, maps);
    }
  }

  paint(frame, sources, maps) {
    const { palette } = this.data.episode.meta;
    sources.forEach((source, i) => {
      const table = this.painter.table(palette, source?.signed ?? true, this.options);
      this.panels.views[i].picture.draw(frame, maps[i], this.choice.scale(i, this.options.scale, maps[i]?.scale), table);
    });
  }

  status({ waiting, error }) {
    const text = error ? `could not load: ${error}` : waiting ? "loading…" : "";
    if (this.refs.status.textContent !== text) this.refs.status.textContent = text;
    this.refs.status.classList.toggle("bad", Boolean(error));
  }

  texts(t, sources, maps) {
    const { refs, choice, options } = this;
    if (refs.goto.getRootNode().activeElement !== refs.goto) refs.goto.value = t;
    refs.plot.setAttribute("aria-valuenow", t);
    choice.steps.forEach((step, i) => {
      const scale = choice.scale(i, options.scale, maps[i]?.scale);
      this.panels.describe(i, { snapshots: choice.snapshots, step, source: sources[i], scale, mode: options.scale, optional: i > 0 });
    });
    this.now.update(t, this.data.episode, this.objects, sources.map((source) => this.data.table(source)));
  }
}

const players = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector("[data-ref=root]");
  if (!players.has(root)) players.set(root, new Player(root));
  const player = players.get(root);
  player.update(data, setStateValue);
  return () => {
    player.destroy();
    players.delete(root);
  };
}
