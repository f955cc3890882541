// The data of the games by what it is, instead of by address. All games share one cache.
import { CHUNK, ChunkCache, decodeFrames, decodeMaps, decodeMasks, decodeTimeline, entriesOf } from "./chunks.js";

const CACHE_BYTES = 96 * 1024 * 1024; // with timelines, heap and what waits to be collected, a page stays below 256 MB

export class Library {
  // source: an object with get(path) -> Promise<ArrayBuffer>.
  constructor(source, onChange) {
    this.cache = new ChunkCache(source, CACHE_BYTES, onChange);
    this.kept = new Map(); // timelines of what is shown: the cache may not drop them
    this.games = new Map();
  }

  game({ task, decisions }) {
    if (!this.games.has(task)) this.games.set(task, new Game(this, task, decisions));
    return this.games.get(task);
  }

  timeline(path) {
    if (!this.kept.has(path)) {
      const value = this.cache.get(path, decodeTimeline);
      if (!value) return undefined;
      this.kept.set(path, value);
    }
    return this.kept.get(path);
  }

  // Only if it has arrived: what nobody waits for is asked for later, see `shownAt`.
  arrived(path) { return this.kept.has(path) || this.cache.has(path) ? this.timeline(path) : undefined; }

  // Let go of all timelines but these; the cache may still have others.
  keepOnly(paths) {
    for (const path of this.kept.keys()) if (!paths.has(path)) this.kept.delete(path);
  }

  tablePath(source) { return `attribution/${source.task}/timeline`; }

  table(source) { return source ? this.arrived(this.tablePath(source)) : undefined; }

  // { waiting, error } of what is shown at one moment; beside: paths that are not waited for.
  state(paths, beside = []) {
    const errors = [...paths, ...beside].map((path) => this.cache.error(path));
    return { waiting: paths.some((path, i) => !errors[i] && !this.cache.has(path) && !this.kept.has(path)), error: errors.find(Boolean) };
  }
}

const whole = new WeakMap(); // timeline of a game's steps -> with what RAM tells

function joined(steps, played) {
  const events = [...steps.meta.events, ...played.meta.events].sort(([a], [b]) => a - b);
  return { ...steps, size: steps.size + played.size, meta: { ...steps.meta, events }, columns: { ...steps.columns, ...played.columns } };
}

class Game {
  constructor(library, task, decisions) {
    Object.assign(this, { library, task, decisions });
  }

  get path() { return `episode/${this.task}/timeline`; }
  get playedPath() { return `episode/${this.task}/played`; }

  // The timeline; what RAM tells of the game joins it when it has arrived, nothing shown waits for it.
  get episode() {
    const steps = this.library.timeline(this.path);
    const played = this.library.arrived(this.playedPath);
    if (!steps || !played) return steps;
    if (!whole.has(steps)) whole.set(steps, joined(steps, played));
    return whole.get(steps);
  }

  get told() { return Boolean(this.library.arrived(this.playedPath) || this.library.cache.error(this.playedPath)); }

  framesPath(entry) { return `episode/${this.task}/frames/${Math.floor(entry / CHUNK)}`; }
  mapsPath(source, t) { return `attribution/${source.task}/maps/${Math.floor(t / CHUNK)}`; }

  // uint8 palette indices of one emulator frame, or undefined while it is on its way.
  frame(entry, sub) {
    const { skip, screen: [height, width] } = this.episode.meta;
    const entries = entriesOf(Math.floor(entry / CHUNK), this.decisions + 1);
    if (!entries) return undefined;
    const decode = (buffer) => decodeFrames(buffer, { entries, skip, height, width });
    return this.library.cache.get(this.framesPath(entry), decode)?.frame(entry % CHUNK, sub);
  }

  // { levels, side, scale } of the map of one decision, or undefined while it is on its way or where there is none.
  map(source, t) {
    const entries = entriesOf(Math.floor(t / CHUNK), this.decisions);
    if (!source || !entries) return undefined;
    const chunk = this.library.cache.get(this.mapsPath(source, t), (buffer) => decodeMaps(buffer, { entries }));
    return chunk && { levels: chunk.map(t % CHUNK), side: chunk.side, scale: chunk.scale(t % CHUNK) };
  }

  // { bits, side } of the objects at one decision, or undefined; only asked for under the pointer.
  masks(t) {
    const entries = entriesOf(Math.floor(t / CHUNK), this.decisions);
    const path = `episode/${this.task}/masks/${Math.floor(t / CHUNK)}`;
    const chunk = this.library.cache.get(path, (buffer) => decodeMasks(buffer, { entries }));
    return chunk && { bits: chunk.mask(t % CHUNK), side: chunk.side };
  }

  // Ask for what comes next, so that playing does not stop at the end of a chunk.
  prefetch(t, source) {
    this.frame(t + CHUNK, 0);
    this.map(source, t + CHUNK);
  }
}
