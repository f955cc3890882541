// The player: brings choice, data and playhead together, draws, and tells Python only what is at rest.
import { USUAL, parse } from "./address.js";
import { moved } from "./aligned.js";
import { trustAddress } from "./badge.js";
import { Bookmarks } from "./bookmarks.js";
import { Choice } from "./choice.js";
import { Server } from "./chunks.js";
import { Controls } from "./controls.js";
import { Library } from "./data.js";
import { Display } from "./display.js";
import { number, setText, steps } from "./dom.js";
import { queryFields } from "./fields.js";
import { kindsOf } from "./jumps.js";
import { buildHelp, onKey } from "./keys.js";
import { Reporter, copyText, linkTo } from "./link.js";
import { frameShares, outlook, told } from "./moment.js";
import { Live } from "./live.js";
import { Now } from "./now.js";
import { Painter } from "./panel.js";
import { FEW, IN_A_ROW, LETTERS, Panels } from "./panels.js";
import { Playhead } from "./playhead.js";
import { showPointer } from "./pointer.js";
import { QueryBar } from "./querybar.js";
import { Rows } from "./rows.js";
import { fullColour } from "./scale.js";
import { shownAt, stageOf } from "./scenes.js";
import { liftNames } from "./timeline.js";
import { Toolbar, offeredByPanels } from "./toolbar.js";
import { Transport } from "./transport.js";

const TEXT_MS = 100; // while playing, texts are refreshed ten times a second, and again on pause
const OPTIONS = ["cmap", "scale", "opacity", "threshold", "dim", "smooth"];

class Player extends Controls {
  constructor(root) {
    super();
    this.root = root;
    this.refs = Object.fromEntries([...root.querySelectorAll("[data-ref]")].map((node) => [node.dataset.ref, node]));
    const { refs } = this;
    this.options = Object.fromEntries(OPTIONS.map((name) => [name, USUAL[name]]));
    this.head = new Playhead();
    this.actions = {
      change: (i, values) => this.choose(() => this.choice.change(i, values)),
      remove: (i) => this.choose(() => this.choice.remove(i)),
      add: () => this.choose(() => this.choice.add()),
      show: (view) => this.choose(() => this.choice.show(view)),
      play: (sync, align) => this.choose(() => this.choice.play(sync, align)),
      copy: () => this.copyLink(),
      point: (at) => this.point(at),
      trust: (source) => trustAddress(this.input.base, source),
    };
    this.reporter = new Reporter(() => this.view);
    this.now = new Now(refs.now);
    this.rows = new Rows(refs, { onSeek: (t) => this.seek(t), onZoom: (zoom) => { this.zoom = zoom; this.announce(); } });
    this.query = new QueryBar(refs.query, { onResult: (hits) => this.found(hits), onClip: (from, to) => this.clip(from, to) });
    this.bookmarks = new Bookmarks(refs.bookmarks, { now: () => this.head.decision, seek: (t) => this.seek(t), changed: () => this.marked() });
    this.toolbar = new Toolbar(refs, this.actions);
    this.display = new Display(refs, (values) => this.setOptions(values));
    this.transport = new Transport(refs, this);
    buildHelp(refs.help);
    refs.helpButton.onclick = () => this.help();
    this.keys = (event) => onKey(event, this) && event.preventDefault();
    document.addEventListener("keydown", this.keys);
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(refs.plot);
    this.live = new Live({
      ask: async () => new TextDecoder().decode(await this.server.get("state")),
      quiet: () => this.server && this.ready && !this.head.playing,
      changed: (state) => this.report("state", state),
    });
    this.tick = this.tick.bind(this);
    this.animation = requestAnimationFrame(this.tick);
  }

  // New input from Python: another episode or another link starts afresh, the same ones keep their place.
  update(input, report, source) {
    this.report = report;
    const fresh = this.input?.base !== input.base || this.input.episodes[0].task !== input.episodes[0].task;
    const linked = JSON.stringify(input.select) !== JSON.stringify(this.input?.select);
    this.input = input;
    this.live.known = input.state;
    if (fresh) {
      this.server = source ? null : new Server(input.base, input.version);
      this.library = new Library(source ?? this.server, () => { this.stale = true; });
      this.painter = new Painter(input.luts);
      this.panels = new Panels(this.refs.panels, this.painter, this.actions);
      this.choice = new Choice(input);
    } else this.choice.know(input);
    if (fresh || linked) this.start(parse(input.select));
    this.refresh();
    this.fit(); // the theme may be another one
  }

  destroy() {
    cancelAnimationFrame(this.animation);
    this.reporter.stop();
    this.live.stop();
    document.removeEventListener("keydown", this.keys);
    this.resized.disconnect();
  }

  // ---- the view ------------------------------------------------------------------------------------------------

  start(view) {
    this.choice.start(view);
    for (const name of OPTIONS) this.options[name] = view[name];
    Object.assign(this.head, { speed: view.speed, loop: view.loop, playing: false });
    this.zoom = view.zoom;
    this.wanted = view.t; // once it is known how many frames a decision has
    this.bookmarks.marks = view.marks;
    this.query.text = view.query;
    this.zoomed = false;
    this.described = null; // build anew even where the same panels show the same game
    this.transport.playing(false);
  }

  get view() {
    const { choice, head } = this;
    const { panels, view, sync, align } = choice;
    return {
      ...this.options, t: head.decision, panels, view, sync, align, zoom: this.zoom ?? null, loop: head.loop,
      query: this.query.text, speed: head.speed, marks: this.bookmarks.marks,
    };
  }

  announce() { if (this.report && this.ready) this.reporter.announce(this.report, this.head.playing); }

  async copyLink() {
    const { episodes, base } = this.input;
    const place = base ? { run: base.split("/").at(-1), episode: episodes[0].task } : undefined;
    this.toolbar.copied(await copyText(linkTo(this.view, place), this.root));
    setTimeout(() => this.toolbar.copied(false), 1500);
  }

  choose(change) {
    change();
    this.refresh();
    this.announce();
  }

  // ---- what does not change from frame to frame ----------------------------------------------------------------

  // After data arrived or the choice changed.
  refresh() {
    this.stale = false;
    this.changed();
    const { lead, scenes, kinds, ready } = stageOf(this.choice, this.library);
    Object.assign(this, { lead, scenes, ready });
    this.toolbar.update(this.choice, kinds);
    if (!ready) {
      const t = this.wanted ?? this.head.decision;
      for (const { game, source } of scenes) game.map(source, t); // maps need not wait for the timeline
      return;
    }
    this.head.cover(lead.decisions, lead.episode.meta.skip, this.input.range);
    if (this.wanted !== undefined) this.head.seek(this.wanted);
    this.wanted = undefined;
    shownAt(scenes, this.head, this.library); // on its way while the rows are built
    this.panels.build(scenes.map(({ game }) => game.episode.meta.screen));
    this.describe(this.choice.sync === "own");
  }

  describe(own) {
    const { scenes, lead: { episode } } = this;
    const { actions } = episode.meta;
    const letters = [...LETTERS.slice(0, scenes.length)];
    const key = JSON.stringify([this.lead.task, own, scenes.map(({ panel, game, offset, source, table }) => [panel, game.told, offset, table && source.task])]);
    if (key === this.described) return; // only chunks have arrived
    this.described = key;
    this.outlook = outlook(scenes, actions, own);
    this.objects = liftNames(Object.assign({}, ...scenes.map(({ table }) => table?.columns)));
    this.now.build({ actions, groups: this.outlook.groups.map((group) => group.letters.join(" ")), panels: letters, objects: this.objects });
    const tables = scenes.map(({ table, game, offset }) => table && (game === this.lead ? table : moved(table, offset, this.lead.decisions)));
    const labels = scenes.map(({ panel }, i) => `${letters[i]} ${this.label(panel)}`);
    const targets = new Set(scenes.map(({ panel }) => panel.target));
    this.rows.build({ episode, tables, labels, letters, objects: this.objects, target: targets.size === 1 ? [...targets][0] : "", own });
    if (!this.zoomed) this.rows.zoom(this.zoom);
    this.zoomed = true;
    this.query.setFields(queryFields({ episode, tables, letters, own }));
    this.kinds = kindsOf(episode.meta.events);
    setText(this.refs.caption, this.caption(own));
    this.marked();
    this.fit();
  }

  // What tells a panel from the others.
  label({ step, method, target }) {
    const { panels, view } = this.choice;
    const differs = (key) => panels.some((panel) => panel[key] !== panels[0][key]);
    const free = [differs("step") && steps(step ?? 0), differs("method") && method, differs("target") && target];
    return { snapshots: steps(step ?? 0), methods: method, targets: target }[view] ?? free.filter(Boolean).join(" ");
  }

  caption(own) {
    const { player, seed, score, end } = this.choice.byTask.get(this.lead.task);
    const which = own
      ? `Each panel shows its snapshot's own game, kept in step; decisions, events and outputs below are those of the game of ${player}.`
      : `All panels see the same states, those of the game that ${player} played (seed ${seed}, ${number(score)} points, ${end}).`;
    return `${which} R is summed over the stacked frames.`;
  }

  fit() {
    this.panels?.fit(this.refs.stage.clientWidth);
    const count = this.scenes?.length ?? 0;
    this.refs.stage.classList.toggle("few", count <= FEW);
    this.refs.stage.classList.toggle("many", count > IN_A_ROW);
    this.rows.layout();
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  tick(now) {
    this.animation = requestAnimationFrame(this.tick);
    if (!this.library) return;
    if (this.stale) this.refresh(); // once for all that has arrived since the last frame
    if (this.head.playing) {
      const elapsed = Math.min(250, now - (this.last ?? now));
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
    const { library, head, scenes } = this;
    if (!this.ready) {
      this.status(library.state(scenes.flatMap(({ game }) => [game.path, game.playedPath])));
      return;
    }
    const moment = { scenes, ...shownAt(scenes, head, library) };
    this.status(moment.state);
    this.waiting = moment.state.waiting;
    const scales = scenes.map(({ source, table }, i) =>
      fullColour(this.options.scale, source, scenes.map((scene) => scene.source), { t: moment.times[i], mapScale: moment.shown[i].map?.scale, columns: table?.columns }));
    if (!(this.waiting && head.playing)) this.panels.paint(moment, scales, this.options);
    this.rows.cursor(head.frame / head.skip / head.decisions);
    if (!head.playing || now - this.textAt > TEXT_MS) {
      this.textAt = now;
      this.texts(moment, scales);
    }
  }

  status({ waiting, error }) {
    setText(this.refs.status, error ? `could not load: ${error}` : waiting ? "loading…" : "");
    this.refs.status.classList.toggle("bad", Boolean(error));
  }

  texts(moment, scales) {
    const { refs, choice, options, head, scenes } = this;
    const t = head.decision;
    if (refs.goto.getRootNode().activeElement !== refs.goto) refs.goto.value = t;
    refs.plot.setAttribute("aria-valuenow", t);
    refs.plot.setAttribute("aria-valuemax", head.last);
    const offered = offeredByPanels(choice);
    scenes.forEach((scene, i) => this.panels.describe(i, {
      ...scene, offered, scale: scales[i], mode: options.scale, cmap: options.cmap, only: scenes.length === 1,
      shares: frameShares(scene.table, moment.times[i]), even: scene.table?.meta.even_frames,
    }));
    this.now.update(told(t, this.lead.episode, moment, this.outlook, this.objects, choice.sync === "own"));
    this.display.update(options, this.painter.names(true));
    this.transport.update({ kinds: this.kinds, kind: this.jumpKind, loop: head.loop, speed: head.speed, first: head.first, last: head.last });
    this.bookmarks.show(t);
    this.now.point(showPointer(this.pointed, moment, this.panels.views, this.input.objects ?? []));
  }
}

const players = new WeakMap();

// source: where data comes from if not from the dashboard's server, see `Server`.
export default function ({ parentElement, data, setStateValue, source }) {
  const root = parentElement.querySelector("[data-ref=root]");
  if (!players.has(root)) players.set(root, new Player(root));
  const player = players.get(root);
  player.update(data, setStateValue, source);
  return () => {
    player.destroy();
    players.delete(root);
  };
}
