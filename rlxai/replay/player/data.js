// The data of one episode by what it is, instead of by address.
import { CHUNK, ChunkCache, Server, decodeFrames, decodeMaps, decodeTimeline, entriesOf } from "./chunks.js";

const CACHE_BYTES = 256 * 1024 * 1024;

export class EpisodeData {
  constructor({ base, version, episode }, onChange) {
    this.cache = new ChunkCache(new Server(base, version), CACHE_BYTES, onChange);
    this.task = episode.task;
    this.decisions = episode.decisions;
    this.kept = new Map(); // timelines are small and always needed: the cache may not drop them
  }

  timeline(path) {
    if (!this.kept.has(path)) {
      const value = this.cache.get(path, decodeTimeline);
      if (!value) return undefined;
      this.kept.set(path, value);
    }
    return this.kept.get(path);
  }

  get episodePath() { return `episode/${this.task}/timeline`; }
  get episode() { return this.timeline(this.episodePath); }

  table(source) { return source ? this.timeline(`attribution/${source.task}/timeline`) : undefined; }

  framesPath(entry) { return `episode/${this.task}/frames/${Math.floor(entry / CHUNK)}`; }
  mapsPath(source, t) { return `attribution/${source.task}/maps/${Math.floor(t / CHUNK)}`; }

  // uint8 palette indices of one emulator frame, or undefined while it is on its way.
  frame(entry, sub) {
    const { skip, screen: [height, width] } = this.episode.meta;
    const entries = entriesOf(Math.floor(entry / CHUNK), this.decisions + 1);
    if (!entries) return undefined;
    return this.cache.get(this.framesPath(entry), (buffer) => decodeFrames(buffer, { entries, skip, height, width }))?.frame(entry % CHUNK, sub);
  }

  // { levels, side, scale } of the map of one decision, or undefined while it is on its way or where there is none.
  map(source, t) {
    const entries = entriesOf(Math.floor(t / CHUNK), this.decisions);
    if (!source || !entries) return undefined;
    const chunk = this.cache.get(this.mapsPath(source, t), (buffer) => decodeMaps(buffer, { entries }));
    return chunk && { levels: chunk.map(t % CHUNK), side: chunk.side, scale: chunk.scale(t % CHUNK) };
  }

  // Ask for what comes next, so that playing does not stop at the end of a chunk.
  prefetch(t, sources) {
    this.frame(t + CHUNK, 0);
    for (const source of sources) this.map(source, t + CHUNK);
  }

  // { waiting, error } of what is shown at one moment.
  state(paths) {
    const errors = paths.map((path) => this.cache.error(path));
    return { waiting: paths.some((path, i) => !errors[i] && !this.cache.has(path)), error: errors.find(Boolean) };
  }
}
