// Data of one episode: fetched in chunks, checked, kept in a cache that is bounded by bytes.

export const CHUNK = 64;
const RETRY_MS = 3000;

// Where bytes come from. A page that carries its data brings another object with the same `get(path)`.
export class Server {
  constructor(base, version) {
    this.base = base;
    this.version = version;
  }

  async get(path) {
    const response = await fetch(`${this.base}/${path}?v=${this.version}`);
    if (!response.ok) throw new Error((await response.text()).slice(0, 300) || `HTTP ${response.status}`);
    return response.arrayBuffer();
  }
}

export class ChunkCache {
  constructor(source, limit, onChange) {
    this.source = source;
    this.limit = limit;
    this.onChange = onChange;
    this.items = new Map(); // least recently used first
    this.pending = new Set();
    this.failed = new Map();
    this.bytes = 0;
  }

  // The decoded chunk, or undefined while it is on its way.
  get(path, decode) {
    const item = this.items.get(path);
    if (item) {
      this.items.delete(path);
      this.items.set(path, item);
      return item.value;
    }
    this.request(path, decode);
    return undefined;
  }

  has(path) {
    return this.items.has(path);
  }

  error(path) {
    return this.failed.get(path)?.message;
  }

  async request(path, decode) {
    const failure = this.failed.get(path);
    if (this.items.has(path) || this.pending.has(path) || (failure && performance.now() < failure.until)) return;
    this.pending.add(path);
    try {
      const value = decode(await this.source.get(path));
      this.failed.delete(path);
      this.keep(path, value);
    } catch (error) {
      this.failed.set(path, { message: error.message, until: performance.now() + RETRY_MS });
    } finally {
      this.pending.delete(path);
    }
    this.onChange();
  }

  keep(path, value) {
    this.items.set(path, { value, size: value.size });
    this.bytes += value.size;
    for (const [oldest, item] of this.items) {
      if (this.bytes <= this.limit || oldest === path) break;
      this.items.delete(oldest);
      this.bytes -= item.size;
    }
  }
}

// uint8 (n, skip, H, W) palette indices; a chunk of another length was cut on its way.
export function decodeFrames(buffer, { entries, skip, height, width }) {
  const size = height * width;
  if (buffer.byteLength !== entries * skip * size) throw new Error("the frames arrived incomplete");
  const pixels = new Uint8Array(buffer);
  return {
    size: buffer.byteLength,
    frame: (entry, sub) => pixels.subarray((entry * skip + sub) * size, (entry * skip + sub + 1) * size),
  };
}

// float32 scales (n), int8 levels (n, side, side): relevance = level * scale / 127.
export function decodeMaps(buffer, { entries }) {
  const cellsEach = (buffer.byteLength / entries) - 4;
  const side = Math.sqrt(cellsEach);
  if (!(side >= 1) || !Number.isInteger(side)) throw new Error("the maps arrived incomplete");
  const scales = new Float32Array(buffer, 0, entries);
  const levels = new Int8Array(buffer, 4 * entries);
  return {
    size: buffer.byteLength,
    side,
    scale: (entry) => scales[entry],
    map: (entry) => levels.subarray(entry * cellsEach, (entry + 1) * cellsEach),
  };
}

// uint16 (n, side, side): bit i is set where object i covers a part of the cell.
export function decodeMasks(buffer, { entries }) {
  const cellsEach = buffer.byteLength / entries / 2;
  const side = Math.sqrt(cellsEach);
  if (!(side >= 1) || !Number.isInteger(side)) throw new Error("the masks arrived incomplete");
  const bits = new Uint16Array(buffer);
  return { size: buffer.byteLength, side, mask: (entry) => bits.subarray(entry * cellsEach, (entry + 1) * cellsEach) };
}

// uint32 header length, JSON header, float32 columns: the bytes of rlxai.replay.timeline.
export function decodeTimeline(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const meta = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { rows } = meta;
  if (buffer.byteLength !== 4 + length + 4 * rows * meta.columns.length) throw new Error("the timeline arrived incomplete");
  const columns = {};
  meta.columns.forEach((name, i) => {
    columns[name] = new Float32Array(buffer, 4 + length + 4 * rows * i, rows);
  });
  return { size: buffer.byteLength, meta, columns };
}

export function entriesOf(k, total) {
  return Math.max(0, Math.min(CHUNK, total - k * CHUNK));
}
