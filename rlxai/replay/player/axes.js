// Axes of the rows: `y` of a value, 0 at the top and 1 at the bottom; ticks; their names where the number
// alone would mislead; and a line drawn across, or null.
import { extent } from "./series.js";

export function linearAxis(columns) {
  const [low, high] = extent(columns) ?? [0, 1];
  return fixedAxis(...(low < high ? [low, high] : [low - 0.5, high + 0.5]));
}

export function fixedAxis(low, high) {
  const pad = 0.06 * (high - low);
  const [from, to] = [low - pad, high + pad];
  return { y: (value) => 1 - (value - from) / (to - from), ticks: [low, high], line: low < 0 && high > 0 ? 0 : null };
}

const LEAST_LIFT = 0.1;
const MOST_LIFT = 50; // of tiny objects it can be far higher, which would press all others together

// Lift is a ratio: equal steps up and down from chance are equally long. What is beyond the ends is drawn there.
export function liftAxis(columns) {
  const found = extent(columns)?.[1] ?? 0;
  const high = Math.max(4, Math.min(MOST_LIFT, found));
  const [from, to] = [Math.log(LEAST_LIFT), Math.log(high * 1.15)];
  const y = (value) => 1 - (Math.log(Math.max(value, LEAST_LIFT)) - from) / (to - from);
  return { y, ticks: [LEAST_LIFT, 1, high], line: 1, names: ["≤ 0.1", "1", found > MOST_LIFT ? `≥ ${MOST_LIFT}` : null] };
}

// Round decision numbers, about one every `spacing` pixels.
export function decisionTicks([from, to], width, spacing = 90) {
  const least = ((to - from) * spacing) / Math.max(1, width);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= least) ?? power;
  const ticks = [];
  for (let t = Math.ceil(from / step) * step; t < to; t += step) ticks.push(t);
  return ticks;
}
