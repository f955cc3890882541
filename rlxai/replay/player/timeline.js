// What timelines say beyond their columns: what a network would press, how sure it is, whether panels differ; colours.
import { PANEL_COLOURS, seriesColour } from "./colour.js";

const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [1, 3], [12, 4]];

export function panelColour(i) {
  return PANEL_COLOURS[i % PANEL_COLOURS.length];
}

export function actionColour(index) {
  return seriesColour(index);
}

// Line pattern of the i-th of several lines: they can be told apart without colour.
export function dash(i) {
  return DASHES[i % DASHES.length];
}

// The columns output_0, output_1, ... of a timeline; none for scripted players.
export function outputColumns(columns, actions) {
  const found = actions.map((_, i) => columns[`output_${i}`]);
  return found.every(Boolean) ? found : [];
}

const bests = new WeakMap(); // by first output: rows, fields and table ask for the same

// Of each decision: the best output's index, its value, and how far it is above the second best. NaN where unknown.
export function bestOutputs(outputs) {
  if (!bests.has(outputs[0])) bests.set(outputs[0], rankOutputs(outputs));
  return bests.get(outputs[0]);
}

function rankOutputs(outputs) {
  const rows = outputs[0].length;
  const [best, value, gap] = Array.from({ length: 3 }, () => new Float32Array(rows).fill(NaN));
  for (let t = 0; t < rows; t++) {
    let [at, first, second] = [NaN, -Infinity, -Infinity];
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs[i][t];
      if (output > first) [at, first, second] = [i, output, first];
      else if (output > second) second = output;
    }
    if (!(first > -Infinity)) continue;
    best[t] = at;
    value[t] = first;
    gap[t] = second > -Infinity ? first - second : NaN;
  }
  return { best, value, gap };
}

// 1 where not all would press the same, 0 where they do, NaN where it is not known. bests: [Float32Array].
export function disagreement(bests) {
  const out = new Float32Array(bests[0]?.length ?? 0).fill(NaN);
  if (bests.length < 2) return out;
  for (let t = 0; t < out.length; t++) {
    const known = bests.map((best) => best[t]).filter((value) => value >= 0);
    if (known.length > 1) out[t] = known.some((value) => value !== known[0]) ? 1 : 0;
  }
  return out;
}

// Panels with outputs, those of equal outputs together: [{ letters, outputs, best, value, gap }] in the panels' order.
export function networks(tables, letters, actions) {
  const found = [];
  tables.forEach((table, i) => {
    const outputs = table ? outputColumns(table.columns, actions) : [];
    if (!outputs.length) return;
    const same = found.find((other) => other.outputs.every((column, k) => sameColumn(column, outputs[k])));
    if (same) same.letters.push(letters[i]);
    else found.push({ letters: [letters[i]], panel: i, outputs, ...bestOutputs(outputs) });
  });
  return found;
}

function sameColumn(one, other) {
  return one === other || (one.length === other.length && one.every((value, t) => Object.is(value, other[t])));
}

// Objects whose lift is shown: the ball as far as it can be seen, and each of the others that is ever there.
export function liftNames(columns) {
  const names = Object.keys(columns).filter((name) => name.startsWith("lift_")).map((name) => name.slice(5));
  const told = names.filter((name) => name !== "ball" || !names.includes("visible-ball"));
  return told.filter((name) => columns[`lift_${name}`].some(Number.isFinite));
}
