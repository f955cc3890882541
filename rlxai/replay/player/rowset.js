// Which rows there are for what is known, from top to bottom, and what each is labelled with.
// A row: { title, height, track } and, as it needs them, keys: [{ name, colour, dash, glyph, toggle }], lanes: [name], axis.
import { fixedAxis, liftAxis, linearAxis } from "./axes.js";
import { objectColour } from "./colour.js";
import { extent } from "./series.js";
import { actionColour, bestOutputs, dash, disagreement, networks, outputColumns, panelColour } from "./timeline.js";
import { EVENTS, EventTrack, FlagTrack, LaneTrack, LineTrack } from "./tracks.js";

const TAKEN = "#8c8c8c";
const TALLEST_LANES = 96;
const LONG = 12; // characters of a name that is repeated in many rows

// Objects that hardly move and would crowd the rows; a click on their names shows them.
export const QUIET = ["wall", "score", "lives", "corners", "channel"];

// own: each panel plays its own game, so that the same decision is not the same state.
export function rowset({ episode, tables, labels, letters, objects, target, hidden, own = false }) {
  const { meta, columns } = episode;
  const known = networks(tables, letters, meta.actions);
  const several = known.length > 1 ? known : [];
  return [
    eventRow(meta),
    actionRow(meta, columns, known, labels),
    own ? null : differRow(known),
    qRow(meta, columns, known, labels),
    panelRow("V = max Q", several, labels, 36, ({ value }) => value),
    panelRow("gap to second", known.length ? known : ownNetwork(columns, meta.actions), labels, 28, ({ gap }) => gap, true),
    ...liftRows(tables, labels, objects, hidden),
    clusterRow(tables, labels, letters),
    positionRow(meta, columns),
    targetRow(tables, labels, letters, target),
  ].filter(Boolean);
}

function eventRow({ events }) {
  const met = new Set(["reward", "life lost", ...events.map(([, kind]) => kind)]);
  const present = Object.entries(EVENTS).filter(([kind]) => met.has(kind));
  const keys = present.map(([name, { glyph, short = name }]) => ({ name: short, glyph }));
  return { title: "events", height: 30, keys, track: new EventTrack(events) };
}

function actionRow({ actions }, columns, known, labels) {
  const series = [
    { name: "pressed", colour: TAKEN, column: columns.taken },
    ...known.map(({ letters, panel, best }) => ({ name: panelName(letters, labels[panel]), colour: panelColour(panel), column: best })),
  ];
  const height = Math.min(TALLEST_LANES, actions.length * (3 + 4 * series.length));
  return { title: "action", height, lanes: actions, keys: series, track: new LaneTrack({ kinds: actions.length, series }) };
}

function differRow(known) {
  if (known.length < 2) return null;
  const column = disagreement(known.map(({ best }) => best));
  const told = column.filter((value) => value >= 0);
  const share = told.reduce((sum, value) => sum + value, 0) / Math.max(1, told.length);
  const keys = [{ name: `${Number((100 * share).toPrecision(2))} %` }];
  return { title: "disagreement", height: 14, keys, track: new FlagTrack(column) };
}

function ownNetwork(columns, actions) {
  const outputs = outputColumns(columns, actions);
  return outputs.length ? [{ letters: [], panel: 0, outputs, ...bestOutputs(outputs) }] : [];
}

// Outputs of the player; of a scripted player's episode, those of the first panel.
function qRow({ actions }, columns, known, labels) {
  const [own] = ownNetwork(columns, actions);
  const shown = own ?? known[0];
  if (!shown) return null;
  const lower = shown.value.map((value, t) => value - shown.gap[t]);
  const axis = linearAxis(shown.outputs);
  const series = shown.outputs.map((column, i) => ({ column, colour: actionColour(i), dash: dash(i), name: actions[i] }));
  const title = own ? "Q of the player" : `Q of ${labels[shown.panel]}`;
  return { title, height: 48, axis, keys: series, track: new LineTrack({ series, axis, fill: { upper: shown.value, lower } }) };
}

function panelRow(title, known, labels, height, column, fromZero = false) {
  if (!known.length) return null;
  const series = known.map((network) => ({
    column: column(network), colour: network.letters.length ? panelColour(network.panel) : TAKEN, dash: dash(network.panel),
    name: network.letters.length ? panelName(network.letters, labels[network.panel]) : "player",
  }));
  const columns = series.map((one) => one.column);
  const axis = fromZero ? fixedAxis(0, extent(columns)?.[1] || 1) : linearAxis(columns);
  return { title, height, axis, keys: series, track: new LineTrack({ series, axis }) };
}

function liftRows(tables, labels, objects, hidden) {
  const of = (table, name) => table.columns[`lift_${name}`];
  const shown = objects.filter((name) => !hidden.has(name));
  const ordered = [...objects].sort((a, b) => QUIET.includes(a) - QUIET.includes(b)); // a stable sort
  const axis = liftAxis(tables.flatMap((table) => (table ? shown.map((name) => of(table, name)).filter(Boolean) : [])));
  return tables.flatMap((table, i) => {
    if (!table || !objects.length) return [];
    const keys = ordered.map((name, k) => ({
      name, colour: objectColour(name, objects.indexOf(name)), dash: dash(k), column: of(table, name),
      band: table.meta.bands?.[name], toggle: name, off: hidden.has(name),
    }));
    const series = keys.filter(({ column, off }) => column && !off);
    const note = series.some(({ band }) => band) ? `band: ${table.meta.networks} random networks` : "";
    return [{ title: `lift ${labels[i]}`, height: 72, axis, keys, note, track: new LineTrack({ series, axis }) }];
  });
}

// Panels whose maps were clustered together share one row; only the clusters that this game reaches have a lane.
function clusterRow(tables, labels, letters) {
  const first = tables.find((table) => table?.meta.clusters && table.columns.cluster.some(Number.isFinite));
  if (!first) return null;
  const { names, candidates, of } = first.meta.clusters;
  const key = JSON.stringify(first.meta.clusters);
  const panels = tables.flatMap((table, i) => (table?.columns.cluster && JSON.stringify(table.meta.clusters) === key
    ? [{ name: panelName([letters[i]], labels[i]), colour: panelColour(i), column: table.columns.cluster }] : []));
  const reached = names.map((_, i) => i).filter((i) => panels.some(({ column }) => column.includes(i)));
  const lane = (value) => (Number.isNaN(value) ? NaN : reached.indexOf(value));
  const series = panels.map((panel) => ({ ...panel, column: panel.column.map(lane) }));
  const sampled = Math.max(...panels.map(({ column }) => column.reduce((sum, value) => sum + Number.isFinite(value), 0)));
  const lanes = reached.map((i) => `${i} ${names[i].replaceAll("relevance on the ", "")}${candidates[i] ? " (outlier)" : ""}`);
  return { title: "cluster", height: Math.max(44, lanes.length * Math.max(12, 2 + 5 * series.length)), keys: series, lanes,
    note: `${sampled} sampled; ${of}`, track: new LaneTrack({ kinds: lanes.length, series, sparse: true }) };
}

function positionRow({ screen: [height, width] }, columns) {
  const axisName = columns.paddle_x ? "x" : "y";
  const [paddle, ball] = [columns[`paddle_${axisName}`], columns[`ball_${axisName}`]];
  if (!paddle || !ball) return null;
  const series = [
    { name: "paddle", colour: objectColour("paddle"), column: paddle, thick: 3 },
    { name: "ball", colour: objectColour("ball"), column: ball, dash: [3, 2] },
  ];
  const axis = fixedAxis(0, axisName === "x" ? width : height);
  return { title: `position ${axisName}`, height: 48, axis, keys: series, note: "pixels of the screen", track: new LineTrack({ series, axis }) };
}

function targetRow(tables, labels, letters, target) {
  const series = tables.flatMap((table, i) => (table?.columns.target
    ? [{ column: table.columns.target, colour: panelColour(i), dash: dash(i), name: panelName([letters[i]], labels[i]) }] : []));
  if (!series.length) return null;
  const axis = linearAxis(series.map(({ column }) => column));
  const title = target ? `target ${target}` : "target";
  return { title, height: 36, axis, keys: series, track: new LineTrack({ series, axis }) };
}

// Name of a panel, or of panels with equal networks: their label, or where that is long their letters alone.
function panelName(letters, label) {
  const name = letters.length > 1 ? `${letters.join(", ")}${label.slice(letters[0].length)}` : label;
  return name.length > LONG ? letters.join(", ") : name;
}
