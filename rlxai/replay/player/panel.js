// One panel: the game under the relevance of one snapshot.
import { blendTable, bytesFromBase64, cells, gameColours, levelTable, LEVELS, ZERO } from "./colour.js";

export class Painter {
  // Tables are shared by all panels and rebuilt only when a display option changes.
  constructor(luts) {
    this.luts = Object.fromEntries(Object.entries(luts).map(([name, text]) => [name, bytesFromBase64(text)]));
    this.tables = new Map();
  }

  table(palette, signed, options) {
    const key = `${signed} ${options.dim} ${options.opacity} ${options.threshold}`;
    if (!this.tables.has(key)) {
      if (this.tables.size > 8) this.tables.clear();
      this.tables.set(key, blendTable(this.luts[signed ? "signed" : "positive"], gameColours(palette, options.dim), options));
    }
    return this.tables.get(key);
  }

  // Colours from -scale (or 0) to +scale, for the legend.
  legend(canvas, signed) {
    const lut = this.luts[signed ? "signed" : "positive"];
    const from = signed ? 0 : ZERO;
    canvas.width = LEVELS - from;
    canvas.height = 1;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, 1);
    for (let i = 0; i < canvas.width; i++) image.data.set([...lut.subarray(3 * (from + i), 3 * (from + i) + 3), 255], 4 * i);
    context.putImageData(image, 0, 0);
  }
}

export class PanelCanvas {
  constructor(canvas, height, width) {
    canvas.width = width;
    canvas.height = height;
    this.context = canvas.getContext("2d", { alpha: false });
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.height = height;
    this.width = width;
    this.setSide(84);
  }

  setSide(side) {
    if (this.side === side) return;
    this.side = side;
    this.rows = cells(this.height, side);
    this.columns = cells(this.width, side);
  }

  // frame: uint8 palette indices; map: { levels int8 (side, side), side, scale } or null; scale: relevance of full colour.
  draw(frame, map, scale, table) {
    const { pixels, width } = this;
    if (!map) {
      for (let i = 0; i < pixels.length; i++) pixels[i] = table[(ZERO << 8) | frame[i]];
    } else {
      this.setSide(map.side);
      const level = levelTable(map.scale, scale);
      for (let y = 0, i = 0; y < this.height; y++) {
        const row = this.rows[y] * map.side;
        for (let x = 0; x < width; x++, i++) {
          pixels[i] = table[(level[map.levels[row + this.columns[x]] + 128] << 8) | frame[i]];
        }
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
}
