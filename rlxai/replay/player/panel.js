// One picture: the game under the relevance of one panel.
import { blendTable, bytesFromBase64, cells, gameColours, levelTable, LEVELS, ZERO } from "./colour.js";
import { smoothed } from "./smooth.js";

export class Painter {
  // luts: { name: { signed, table: base64 } }. Tables are shared by all panels and rebuilt only when an option changes.
  constructor(luts) {
    this.luts = Object.fromEntries(Object.entries(luts).map(([name, { table }]) => [name, bytesFromBase64(table)]));
    this.names = (signed) => Object.keys(luts).filter((name) => luts[name].signed === signed);
    this.tables = new Map();
  }

  // A diverging map on relevance that is never negative would suggest evidence against: it keeps its own.
  name(signed, cmap) {
    const names = this.names(signed);
    return names.includes(cmap) ? cmap : names[0];
  }

  table(palette, signed, options) {
    const name = this.name(signed, options.cmap);
    const key = `${name} ${options.dim} ${options.opacity} ${options.threshold}`;
    if (!this.tables.has(palette)) this.tables.set(palette, new Map());
    const tables = this.tables.get(palette);
    if (!tables.has(key)) {
      if (tables.size > 8) tables.clear();
      tables.set(key, blendTable(this.luts[name], gameColours(palette, options.dim), options));
    }
    return tables.get(key);
  }

  // Colours from -scale (or 0) to +scale, for the legend.
  legend(canvas, signed, cmap) {
    const lut = this.luts[this.name(signed, cmap)];
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
    Object.assign(this, { height, width });
    this.context = canvas.getContext("2d", { alpha: false });
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.above = new Uint16Array(width * height); // colour level of each pixel, shifted above the palette index
  }

  // frame: uint8 palette indices; map: { levels int8 (side, side), side, scale } or undefined; scale: relevance of
  // full colour. The map is stretched once per decision, not for each of its emulator frames.
  draw(frame, map, scale, table, smooth) {
    const { pixels, above } = this;
    const key = map ? `${map.levels.byteOffset} ${map.scale} ${scale} ${smooth}` : "";
    if (key !== this.key || map?.levels.buffer !== this.buffer) {
      this.key = key;
      this.buffer = map?.levels.buffer;
      this.stretch(map, scale, smooth);
    }
    for (let i = 0; i < pixels.length; i++) pixels[i] = table[above[i] | frame[i]];
    this.context.putImageData(this.image, 0, 0);
  }

  stretch(map, scale, smooth) {
    const { above, height, width } = this;
    if (!map) {
      above.fill(ZERO << 8);
      return;
    }
    const level = levelTable(map.scale, scale);
    if (smooth) {
      const values = smoothed(map.levels, map.side, height, width);
      for (let i = 0; i < above.length; i++) above[i] = level[Math.round(values[i]) + 128] << 8;
      return;
    }
    const [rows, columns] = [cells(height, map.side), cells(width, map.side)];
    for (let y = 0, i = 0; y < height; y++) {
      const row = rows[y] * map.side;
      for (let x = 0; x < width; x++, i++) above[i] = level[map.levels[row + columns[x]] + 128] << 8;
    }
  }
}
