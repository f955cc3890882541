// The fields of a decision, by the names that queries, the table and its CSV use.
import { bestOutputs, disagreement, networks, outputColumns } from "./timeline.js";

const EVENTS = { "life lost": "life_lost", "tunnel opened": "tunnel_opened", "ball above wall": "ball_above_wall" };
const PLACES = ["ball.x", "ball.y", "paddle.x", "paddle.y"];

// Map of name -> { type: "number" | "condition" | "category", at(t), names, panel }. Names of a panel begin with its letter
// ("A.lift.ball", marked `panel`), those of what the player recorded with "player"; without either they mean the first
// that has the field. `decisions` says how many there are. own: each panel plays its own game, where none can disagree.
export function queryFields({ episode, tables, letters, own = false }) {
  const { meta, columns } = episode;
  const action = { type: "category", names: meta.actions };
  const fields = new Map([
    ["t", { type: "number", at: (t) => t }],
    ["seconds", { type: "number", at: (t) => (t * meta.skip) / 60 }],
    ["action", field(columns.taken, action)],
  ]);
  const differ = own ? null : disagree(networks(tables, letters, meta.actions), columns.taken);
  if (differ) fields.set("disagree", field(differ, { type: "condition" }));
  for (const name of ["reward", "lives", "score"]) fields.set(name, field(columns[name]));
  for (const [kind, name] of Object.entries(EVENTS)) fields.set(name, eventField(meta.events, kind));
  for (const name of PLACES) {
    const column = columns[name.replace(".", "_")];
    if (column) fields.set(name, field(column));
  }
  const panels = tables.flatMap((table, i) => (table ? [[letters[i], panelFields(table, meta.actions)]] : []));
  panels.push(["player", new Map(outputFields(columns, meta.actions))]);
  for (const [, own] of panels) for (const [name, one] of own) if (!fields.has(name)) fields.set(name, one);
  for (const [letter, own] of panels) for (const [name, one] of own) fields.set(`${letter}.${name}`, { ...one, panel: true });
  fields.decisions = meta.rows;
  return fields;
}

function field(column, type = { type: "number" }) {
  return { ...type, at: (t) => column[t] ?? NaN };
}

function eventField(events, kind) {
  const times = new Set(events.filter(([, what]) => what === kind).map(([t]) => t));
  return { type: "condition", at: (t) => (times.has(t) ? 1 : 0) };
}

// Whether the panels' networks would press different buttons; of a single one, another than was pressed.
function disagree(known, taken) {
  if (!known.length) return null;
  const bests = known.map(({ best }) => best);
  return disagreement(known.length > 1 ? bests : [...bests, taken]);
}

function panelFields({ meta, columns }, actions) {
  const fields = new Map(outputFields(columns, actions));
  if (columns.target) fields.set("target", field(columns.target));
  if (columns.cluster) fields.set("cluster", field(columns.cluster));
  if (meta.clusters) fields.set("cluster.name", field(columns.cluster, { type: "category", names: meta.clusters.names }));
  for (const kind of ["lift", "share", "frame"]) {
    const names = Object.keys(columns).filter((name) => name.startsWith(`${kind}_`));
    for (const name of names) fields.set(`${kind}.${name.slice(kind.length + 1)}`, field(columns[name]));
  }
  return fields;
}

function outputFields(columns, actions) {
  const outputs = outputColumns(columns, actions);
  if (!outputs.length) return [];
  const { best, value, gap } = bestOutputs(outputs);
  return [
    ...outputs.map((column, i) => [`q.${actions[i]}`, field(column)]),
    ["best", field(best, { type: "category", names: actions })], ["value", field(value)], ["gap", field(gap)],
  ];
}
