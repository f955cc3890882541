// What buttons, keys and lists do to the playhead, the loop, the marks and the options.
import { VIEWS } from "./address.js";
import { advantageOf, moments, next } from "./jumps.js";
import { SPEEDS } from "./transport.js";

export class Controls {
  constructor() {
    this.jumpKind = "event";
    this.hits = []; // decisions that the query finds
  }

  point(at) {
    this.pointed = at;
    this.changed();
  }

  nextMethod() { this.choose(() => this.choice.nextMethod()); }

  nextView() { this.actions.show(VIEWS[(VIEWS.indexOf(this.choice.view) + 1) % VIEWS.length]); }

  nextColours() {
    const names = this.painter.names(true);
    this.setOptions({ cmap: names[(names.indexOf(this.options.cmap) + 1) % names.length] });
  }

  setOptions(values) {
    Object.assign(this.options, values);
    this.changed();
    this.announce();
  }

  help() { if (!this.refs.help.open) this.refs.help.showModal(); }

  toggle() { if (this.head.playing) this.pause(); else this.play(); }

  play() {
    if (this.head.decision >= this.head.last) this.head.seek(this.head.first);
    this.head.play();
    this.last = undefined; // time runs from the next paint on
    this.reporter.stop();
    this.transport.playing(true);
  }

  pause() {
    this.head.playing = false;
    this.transport.playing(false);
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
    const events = this.lead?.episode?.meta.events;
    const [network] = this.outlook?.groups ?? [];
    const advantage = network && ["highest", "lowest"].includes(this.jumpKind) ? advantageOf(network.outputs) : undefined;
    const times = moments(this.jumpKind, { events, disagreement: this.outlook?.disagreement, marks: this.bookmarks.marks, hits: this.hits, advantage });
    const found = next(times, this.head.decision, direction);
    if (found !== undefined) this.seek(found);
  }

  setSpeed(speed) {
    this.head.speed = speed;
    this.changed();
    this.announce();
  }

  changeSpeed(by) {
    const speeds = SPEEDS.map(([value]) => value);
    const at = speeds.findIndex((value) => value >= this.head.speed);
    this.setSpeed(speeds[Math.max(0, Math.min(speeds.length - 1, (at < 0 ? speeds.length - 1 : at) + by))]);
  }

  setLoop(loop) {
    this.head.loop = loop;
    this.marked();
  }

  loopFrom() { this.setLoop([this.head.decision, Math.max(this.head.decision, this.head.loop?.[1] ?? this.head.last)]); }

  loopTo() { this.setLoop([Math.min(this.head.decision, this.head.loop?.[0] ?? this.head.first), this.head.decision]); }

  clip(from, to) {
    this.head.seek(from);
    this.setLoop([from, to]);
    this.play();
  }

  found(hits) {
    this.hits = hits;
    this.marked();
  }

  marked() {
    const marks = this.bookmarks?.marks.map(({ t, note }) => ({ t, kind: "bookmark", note })) ?? [];
    this.rows.setMarks([...marks, ...this.hits.map((t) => ({ t, kind: "hit" }))], this.head.loop);
    this.changed();
    this.announce();
  }

  changed() {
    this.dirty = true;
    this.textAt = 0;
  }
}
