// Colour of relevance. The tables come from Python (rlxai.replay.colour), so that player and video agree:
// 255 levels, 127 is exactly zero, colour = table[level].

export const ZERO = 127;
export const LEVELS = 255;

export function bytesFromBase64(text) {
  const raw = atob(text);
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

// Display colour of each palette entry, 256 x RGB: as in the game, or dimmed grey (ITU-R BT.601), since red
// relevance on red bricks could not be told from bricks.
export function gameColours(palette, dim) {
  const out = new Float32Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const [r, g, b] = [palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]];
    const grey = 0.6 * Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    out.set(dim ? [grey, grey, grey] : [r, g, b], 3 * i);
  }
  return out;
}

// Every colour a picture can have, Uint32 RGBA [level << 8 | palette index]: the formula of rlxai.replay.compose.
// The colour c0 of zero turns transparent, and every other colour c as opaque as it is far from it:
// a = max |c - c0| / 255, pixel = (1 - o a) game + o (c - (1 - a) c0), nothing below the threshold.
export function blendTable(table, game, { opacity, threshold }) {
  const out = new Uint32Array(LEVELS * 256);
  const bytes = new Uint8ClampedArray(out.buffer);
  const zero = table.subarray(3 * ZERO, 3 * ZERO + 3);
  for (let level = 0; level < LEVELS; level++) {
    const colour = table.subarray(3 * level, 3 * level + 3);
    const a = Math.max(...colour.map((value, c) => Math.abs(value - zero[c]))) / 255;
    const o = Math.abs(level - ZERO) / ZERO < threshold ? 0 : opacity;
    for (let i = 0; i < 256; i++) {
      const at = 4 * ((level << 8) | i);
      for (let c = 0; c < 3; c++) bytes[at + c] = (1 - o * a) * game[3 * i + c] + o * (colour[c] - (1 - a) * zero[c]);
      bytes[at + 3] = 255;
    }
  }
  return out;
}

// Table level of each stored int8 level q (index q + 128), where R = q * mapScale / 127 and full colour is `scale`.
export function levelTable(mapScale, scale) {
  const out = new Uint8Array(256).fill(ZERO);
  if (!(scale > 0) || !Number.isFinite(mapScale)) return out;
  for (let q = -127; q <= 127; q++) {
    const v = Math.max(-1, Math.min(1, (q * mapScale) / 127 / scale));
    out[q + 128] = ZERO + Math.round(ZERO * v);
  }
  return out;
}

// Map cell under each screen pixel along one axis: the inverse of resizing the whole screen to the network's input.
export function cells(pixels, count) {
  return Uint16Array.from({ length: pixels }, (_, i) => Math.floor(((2 * i + 1) * count) / (2 * pixels)));
}

// Distinguishable on light and dark ground and for colour-blind readers (after Okabe and Ito).
export const OBJECT_COLOURS = {
  "visible-ball": "#e69f00", ball: "#e69f00", paddle: "#3d96d4", bricks: "#cc79a7", tunnel: "#12a57c",
  channel: "#8f7be0", wall: "#8c8c8c", score: "#b5a642", lives: "#7f9a65", corners: "#d55e00",
};
const SERIES = ["#8c8c8c", "#e69f00", "#3d96d4", "#12a57c", "#cc79a7", "#d55e00", "#8f7be0", "#b5a642"];

// Okabe and Ito's order of the panels A to J.
export const PANEL_COLOURS = ["#e69f00", "#3d96d4", "#12a57c", "#cc79a7", "#d55e00", "#8f7be0", "#b5a642", "#8c8c8c", "#56b4e9", "#a0522d"];

export function seriesColour(i) {
  return SERIES[i % SERIES.length];
}

export function objectColour(name, i) {
  return OBJECT_COLOURS[name] ?? seriesColour(i + 1);
}
