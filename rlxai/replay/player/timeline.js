// Timelines: drawn once per change of data, size or theme; only the cursor moves while playing.
import { objectColour, seriesColour } from "./colour.js";

// Minimum, maximum and mean of a column in each of `width` pixels, so that no spike is lost.
export function perPixel(column, width) {
  const rows = column.length;
  const low = new Float32Array(width).fill(NaN);
  const high = new Float32Array(width).fill(NaN);
  const mean = new Float32Array(width).fill(NaN);
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x * rows) / width);
    const to = Math.max(from + 1, Math.floor(((x + 1) * rows) / width));
    let sum = 0;
    let count = 0;
    for (let t = from; t < to; t++) {
      const value = column[t];
      if (!Number.isFinite(value)) continue;
      if (!(low[x] <= value)) low[x] = value;
      if (!(high[x] >= value)) high[x] = value;
      sum += value;
      count += 1;
    }
    if (count) mean[x] = sum / count;
  }
  return { low, high, mean };
}

// Mean over a centred window, NaN left out: the trend drawn over the spread.
export function smooth(column, window) {
  const half = Math.floor(window / 2);
  const out = new Float32Array(column.length).fill(NaN);
  let sum = 0;
  let count = 0;
  const add = (value, sign) => {
    if (Number.isFinite(value)) {
      sum += sign * value;
      count += sign;
    }
  };
  for (let t = -half; t < column.length; t++) {
    if (t + half < column.length) add(column[t + half], 1);
    if (t - half - 1 >= 0) add(column[t - half - 1], -1);
    if (t >= 0 && count > 0) out[t] = sum / count;
  }
  return out;
}

// Smallest and largest finite value of several columns without the outermost 0.5 %.
export function span(columns) {
  const values = Float32Array.from(columns.flatMap((column) => Array.from(column).filter(Number.isFinite))).sort();
  if (!values.length) return [0, 1];
  const at = (q) => values[Math.round(q * (values.length - 1))];
  const [low, high] = [at(0.005), at(0.995)];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

export function linearAxis(columns) {
  const [low, high] = span(columns);
  const pad = 0.06 * (high - low);
  const [from, to] = [low - pad, high + pad];
  return { y: (value) => 1 - (value - from) / (to - from), ticks: [low, high], line: low < 0 && high > 0 ? 0 : null };
}

// Lift is a ratio: equal steps up and down from chance are equally long.
export function liftAxis(columns) {
  const high = Math.max(4, span(columns)[1]);
  const [from, to] = [Math.log(0.1), Math.log(high * 1.2)];
  return { y: (value) => 1 - (Math.log(Math.max(value, 0.1)) - from) / (to - from), ticks: [0.1, 1, high], line: 1 };
}

export class Track {
  // series: [{ column, colour }], drawn as spread (faint) and trend.
  constructor(series, axis) {
    this.series = series;
    this.axis = axis;
  }

  draw(context, top, width, height, ink) {
    const y = (value) => top + Math.max(0, Math.min(1, this.axis.y(value))) * height;
    if (this.axis.line !== null) {
      context.strokeStyle = ink.line;
      context.lineWidth = 1;
      stroke(context, [[0, Math.round(y(this.axis.line)) + 0.5], [width, Math.round(y(this.axis.line)) + 0.5]]);
    }
    for (const { column, colour } of this.series) {
      const { low, high } = perPixel(column, width);
      context.globalAlpha = 0.22;
      context.fillStyle = colour;
      for (let x = 0; x < width; x++) {
        if (Number.isFinite(low[x])) context.fillRect(x, y(high[x]), 1, Math.max(1, y(low[x]) - y(high[x])));
      }
    }
    for (const { column, colour } of this.series) {
      const { mean } = perPixel(smooth(column, Math.max(5, Math.round((6 * column.length) / width))), width);
      context.globalAlpha = 1;
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      let run = [];
      for (let x = 0; x <= width; x++) {
        if (x < width && Number.isFinite(mean[x])) run.push([x + 0.5, y(mean[x])]);
        else {
          stroke(context, run);
          run = [];
        }
      }
    }
  }
}

export class BandTrack {
  // One colour per decision; where a pixel holds several, the one of its first decision.
  constructor(column, colours) {
    this.column = column;
    this.colours = colours;
  }

  draw(context, top, width, height) {
    for (let x = 0; x < width; x++) {
      context.fillStyle = this.colours(this.column[Math.floor((x * this.column.length) / width)]);
      context.fillRect(x, top, 1, height);
    }
  }
}

export class EventTrack {
  constructor(events, rows) {
    this.events = events;
    this.rows = rows;
  }

  draw(context, top, width, height, ink) {
    for (const [t, kind] of this.events) {
      const x = Math.round(((t + 0.5) / this.rows) * width);
      context.beginPath();
      if (kind === "life lost") {
        context.strokeStyle = ink.alarm;
        context.lineWidth = 2;
        for (const s of [-1, 1]) {
          context.moveTo(x - 4, top + height / 2 - 4 * s);
          context.lineTo(x + 4, top + height / 2 + 4 * s);
        }
        context.stroke();
      } else {
        context.fillStyle = ink.reward;
        context.moveTo(x, top + 2);
        context.lineTo(x - 3, top + height - 2);
        context.lineTo(x + 3, top + height - 2);
        context.fill();
      }
    }
  }
}

export function actionColour(index) {
  return seriesColour(index);
}

// Objects whose lift is shown: the ball as far as it can be seen, and each of the others that is ever there.
export function liftNames(columns) {
  const names = Object.keys(columns).filter((name) => name.startsWith("lift_")).map((name) => name.slice(5));
  return names.filter((name) => !(name === "ball" && names.includes("visible-ball")) && columns[`lift_${name}`].some(Number.isFinite));
}

export function liftTrack(columns, names, axis) {
  const series = names.map((name, i) => ({ column: columns[`lift_${name}`], colour: objectColour(name, i) }));
  return new Track(series.filter(({ column }) => column), axis);
}

function stroke(context, points) {
  if (points.length < 2) return;
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}
