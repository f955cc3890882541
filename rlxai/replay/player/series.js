// Columns brought to the pixels of a plot. A range is [from, to] in decisions, `to` left out.

// Calls `visit(x, start, end)` with the decisions behind each pixel: every decision is behind at least one.
function eachPixel(width, [from, to], visit) {
  const rows = to - from;
  for (let x = 0; x < width; x++) {
    const start = from + Math.floor((x * rows) / width);
    visit(x, start, Math.max(start + 1, from + Math.floor(((x + 1) * rows) / width)));
  }
}

// Minimum, maximum and mean of a column in each of `width` pixels, so that no spike is lost; NaN where there is none.
export function perPixel(column, width, range = [0, column.length]) {
  const low = new Float32Array(width).fill(NaN);
  const high = new Float32Array(width).fill(NaN);
  const mean = new Float32Array(width).fill(NaN);
  eachPixel(width, range, (x, start, end) => {
    let sum = 0;
    let count = 0;
    for (let t = start; t < end; t++) {
      const value = column[t];
      if (!Number.isFinite(value)) continue;
      if (!(low[x] <= value)) low[x] = value;
      if (!(high[x] >= value)) high[x] = value;
      sum += value;
      count += 1;
    }
    if (count) mean[x] = sum / count;
  });
  return { low, high, mean };
}

// Share of the decisions behind each pixel that have each of `kinds` values: Float32Array (kinds, width), 0 for none.
export function sharePerPixel(column, kinds, width, range = [0, column.length]) {
  const out = new Float32Array(kinds * width);
  eachPixel(width, range, (x, start, end) => {
    for (let t = start; t < end; t++) if (column[t] >= 0 && column[t] < kinds) out[column[t] * width + x] += 1 / (end - start);
  });
  return out;
}

// Mean over a centred window, NaN left out: the trend drawn over the spread. As long as the range.
export function smooth(column, window, [from, to] = [0, column.length]) {
  if (window <= 1) return column.subarray(from, to);
  const half = Math.floor(window / 2);
  const out = new Float32Array(to - from).fill(NaN);
  let sum = 0;
  let count = 0;
  const add = (t, sign) => {
    const value = column[t];
    if (t < 0 || t >= column.length || !Number.isFinite(value)) return;
    sum += sign * value;
    count += sign;
  };
  for (let t = from - half; t < from + half; t++) add(t, 1);
  for (let t = from; t < to; t++) {
    add(t + half, 1);
    if (count > 0) out[t - from] = sum / count;
    add(t - half, -1);
  }
  return out;
}

// Smallest and largest finite value of several columns; null where there is none.
export function extent(columns) {
  let [low, high] = [Infinity, -Infinity];
  for (const column of columns) {
    for (const value of column) {
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}
