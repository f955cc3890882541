// Where the jump buttons lead: a list of decisions for each kind of moment.

const EXTREMES = 10;
const APART = 15; // decisions, one second

export const KINDS = { disagreement: "disagreement", bookmark: "bookmark", hit: "query hit", highest: "highest advantage", lowest: "lowest advantage" };

// Every kind that this game has, as [kind, label].
export function kindsOf(events) {
  const names = [...new Set(events.map(([, name]) => name))];
  return [["event", "any event"], ...names.map((name) => [`event:${name}`, name]), ...Object.entries(KINDS)];
}

// data: { events, disagreement, marks, hits, advantage }; each may be missing. Sorted decisions.
export function moments(kind, { events = [], disagreement, marks = [], hits = [], advantage }) {
  if (kind.startsWith("event")) {
    const name = kind.slice("event:".length);
    return [...new Set(events.filter(([, other]) => !name || other === name).map(([t]) => t))];
  }
  if (kind === "disagreement") return starts(disagreement ?? []);
  if (kind === "bookmark") return marks.map(({ t }) => t);
  if (kind === "hit") return hits.filter((t, i) => i === 0 || t !== hits[i - 1] + 1);
  return extremes(advantage ?? [], kind === "highest" ? 1 : -1);
}

// First decision of each stretch that is not zero.
export function starts(flags) {
  const found = [];
  for (let t = 0; t < flags.length; t++) if (flags[t] && !flags[t - 1]) found.push(t);
  return found;
}

// The ten highest (sign 1) or lowest (-1) decisions, at least a second apart, in the order of time.
export function extremes(column, sign) {
  const order = Array.from(column.keys()).filter((t) => Number.isFinite(column[t])).sort((a, b) => sign * (column[b] - column[a]) || a - b);
  const found = [];
  for (const t of order) {
    if (found.length === EXTREMES) break;
    if (found.every((other) => Math.abs(other - t) >= APART)) found.push(t);
  }
  return found.sort((a, b) => a - b);
}

// q_g - mean q of the greedy action g: what the target "advantage" explains.
export function advantageOf(outputs) {
  return Float32Array.from(outputs[0] ?? [], (_, t) => {
    const values = outputs.map((column) => column[t]);
    return Math.max(...values) - values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

// The nearest before (-1) or after (+1) a decision, or undefined.
export function next(times, t, direction) {
  return direction > 0 ? times.find((time) => time > t) : times.findLast((time) => time < t);
}
