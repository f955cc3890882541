// How rows are drawn: lines over their spread, lanes of categories, events. Each is drawn once per change, not per frame.
// place: { top, height, width, range: [from, to], ink }, in CSS pixels and decisions.
import { perPixel, sharePerPixel, smooth } from "./series.js";

export class LineTrack {
  // series: [{ column, colour, dash, band: [low, high] or null }], drawn as spread (faint) and trend; fill: { upper, lower }.
  constructor({ series, axis, fill = null }) {
    Object.assign(this, { series, axis, fill });
  }

  draw(context, place) {
    const { top, height, width, range, ink } = place;
    const y = (value) => top + Math.max(0, Math.min(1, this.axis.y(value))) * height;
    for (const { band, colour } of this.series) if (band) drawBand(context, place, y(band[1]), y(band[0]), colour);
    if (this.axis.line !== null) {
      const at = Math.round(y(this.axis.line)) + 0.5;
      pen(context, ink.line, 1);
      stroke(context, [[0, at], [width, at]]);
    }
    if (this.fill) this.drawFill(context, place, y);
    const window = trendWindow(range, width);
    if (window > 1) for (const { column, colour } of this.series) drawSpread(context, perPixel(column, width, range), y, colour);
    for (const { column, colour, dash = [], thick = 1.5 } of this.series) {
      const { mean } = perPixel(smooth(column, window, range), width);
      pen(context, colour, thick, dash);
      strokeKnown(context, mean, y);
    }
    context.setLineDash([]);
  }

  drawFill(context, { width, range, ink }, y) {
    const [upper, lower] = [this.fill.upper, this.fill.lower].map((column) => perPixel(column, width, range).mean);
    context.globalAlpha = 0.14;
    context.fillStyle = ink.text;
    for (let x = 0; x < width; x++) {
      if (Number.isFinite(upper[x]) && Number.isFinite(lower[x])) context.fillRect(x, y(upper[x]), 1, y(lower[x]) - y(upper[x]));
    }
    context.globalAlpha = 1;
  }
}

// Decisions that the trend is a mean over: six pixels' worth, and one once a decision has three pixels of its own.
export function trendWindow([from, to], width) {
  return 3 * (to - from) <= width ? 1 : Math.max(5, Math.round((6 * (to - from)) / width));
}

// From the lowest to the highest value behind each pixel, joined to that of the pixel before.
function drawSpread(context, { low, high }, y, colour) {
  context.globalAlpha = 0.28;
  context.fillStyle = colour;
  context.beginPath();
  for (let x = 0; x < low.length; x++) {
    if (!Number.isFinite(low[x])) continue;
    const joined = Number.isFinite(low[x - 1]);
    const [top, bottom] = [y(joined ? Math.max(high[x], low[x - 1]) : high[x]), y(joined ? Math.min(low[x], high[x - 1]) : low[x])];
    context.rect(x, top, 1, Math.max(1, bottom - top));
  }
  context.fill();
  context.globalAlpha = 1;
}

// What chance gives: a wash between two dotted hairlines, which no series looks like.
function drawBand(context, { width }, top, bottom, colour) {
  const tall = Math.max(2, bottom - top);
  context.globalAlpha = 0.11;
  context.fillStyle = colour;
  context.fillRect(0, top, width, tall);
  context.globalAlpha = 0.7;
  pen(context, colour, 1, [1, 3]);
  for (const at of [top, top + tall]) stroke(context, [[0, at], [width, at]]);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

export class LaneTrack {
  // One lane per kind, in it one bar per series: where a pixel holds several kinds, each shows its share. `sparse` columns
  // know few decisions, which are widened to be seen. series: [{ column, colour }].
  constructor({ kinds, series, sparse = false }) {
    Object.assign(this, { kinds, series, sparse });
  }

  draw(context, { top, height, width, range, ink }) {
    const lane = height / this.kinds;
    context.fillStyle = ink.text;
    context.globalAlpha = 0.05;
    for (let kind = 0; kind < this.kinds; kind += 2) context.fillRect(0, top + kind * lane, width, lane);
    const bar = Math.max(1, (lane - 2) / this.series.length);
    const widen = this.sparse ? 1 : 0;
    this.series.forEach(({ column, colour }, i) => {
      const shares = sharePerPixel(column, this.kinds, width, range);
      context.fillStyle = colour;
      for (let kind = 0; kind < this.kinds; kind++) {
        for (let x = 0; x < width; x++) {
          const share = shares[kind * width + x];
          if (!share) continue;
          context.globalAlpha = this.sparse ? 1 : 0.3 + 0.7 * Math.min(1, share);
          context.fillRect(x - widen, top + kind * lane + 1 + i * bar, 1 + 2 * widen, Math.max(1, bar - (bar > 3 ? 0.5 : 0)));
        }
      }
    });
    context.globalAlpha = 1;
  }
}

export class FlagTrack {
  // A tick wherever a column is 1, the stronger the more decisions of its pixel are; a pixel with any such one has one.
  constructor(column) {
    this.column = column;
  }

  draw(context, { top, height, width, range, ink }) {
    const { mean } = perPixel(this.column, width, range);
    context.fillStyle = ink.alarm;
    for (let x = 0; x < width; x++) {
      if (!(mean[x] > 0)) continue;
      context.globalAlpha = 0.35 + 0.5 * mean[x];
      context.fillRect(x, top + 3, 1, height - 6);
    }
    context.globalAlpha = 1;
  }
}

export const EVENTS = {
  reward: { glyph: "▲", lane: 0 },
  "ball above wall": { glyph: "○", lane: 1, short: "above wall" },
  "tunnel opened": { glyph: "◆", lane: 1, short: "tunnel" },
  "life lost": { glyph: "✕", lane: 1 },
};

export class EventTrack {
  // events: [[t, kind, amount]]; points above, everything else below, what is rare last and so on top.
  constructor(events) {
    const order = Object.keys(EVENTS);
    this.events = [...events].sort((a, b) => order.indexOf(a[1]) - order.indexOf(b[1]));
  }

  draw(context, { top, height, width, range: [from, to], ink }) {
    for (const [t, kind] of this.events) {
      if (t < from || t >= to) continue;
      const x = ((t + 0.5 - from) / (to - from)) * width;
      drawGlyph(context, kind, x, top + height * ((EVENTS[kind]?.lane ?? 1) ? 0.76 : 0.26), ink);
    }
  }
}

export function drawGlyph(context, kind, x, y, ink) {
  const polygon = (points) => {
    context.beginPath();
    points.forEach(([dx, dy]) => context.lineTo(x + dx, y + dy));
    context.closePath();
  };
  context.setLineDash([]);
  if (kind === "life lost") {
    pen(context, ink.alarm, 2);
    for (const s of [-1, 1]) stroke(context, [[x - 4, y - 4 * s], [x + 4, y + 4 * s]]);
  } else if (kind === "tunnel opened") {
    polygon([[0, -5], [4.5, 0], [0, 5], [-4.5, 0]]);
    context.fillStyle = ink.tunnel;
    context.fill();
  } else if (kind === "ball above wall") {
    context.beginPath();
    context.arc(x, y, 2.6, 0, 2 * Math.PI);
    pen(context, ink.text, 1);
    context.stroke();
  } else if (kind === "bookmark") {
    const corner = (i, radius) => [-Math.sin((i * Math.PI) / 5) * radius, -Math.cos((i * Math.PI) / 5) * radius];
    polygon(Array.from({ length: 10 }, (_, i) => corner(i, i % 2 ? 2.2 : 5.2)));
    pen(context, ink.ground, 2.5);
    context.stroke();
    context.fillStyle = ink.accent;
    context.fill();
  } else {
    polygon([[0, -4], [3.2, 3.5], [-3.2, 3.5]]);
    context.fillStyle = ink.text;
    context.fill();
  }
}

function pen(context, colour, width, pattern = []) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(pattern);
}

function stroke(context, points) {
  context.beginPath();
  points.forEach(([x, y]) => context.lineTo(x, y));
  context.stroke();
}

// One line through the pixels that have a value; a single one between gaps is drawn as a dot.
function strokeKnown(context, mean, y) {
  context.beginPath();
  for (let x = 0; x < mean.length; x++) {
    if (!Number.isFinite(mean[x])) continue;
    if (Number.isFinite(mean[x - 1])) context.lineTo(x + 0.5, y(mean[x]));
    else context.moveTo(x, y(mean[x])), context.lineTo(x + 0.5, y(mean[x]));
  }
  context.stroke();
}
