// Own play kept in step: each panel runs in its own game, moved by an offset so that one event happens at once.

// Decision of the first event of a kind; undefined where the game has none. "start" is decision 0.
export function firstOf(kind, events) {
  return kind === "start" ? 0 : events.find(([, name]) => name === kind)?.[0];
}

// games: [{ decisions, events }] of the panels. The longest game leads, since its whole length is to be reached;
// a game without the event is aligned at its start, and named in `without`.
export function inStep(games, kind) {
  const lead = games.reduce((best, game, i) => (game.decisions > games[best].decisions ? i : best), 0);
  const times = games.map(({ events }) => firstOf(kind, events ?? []));
  const zero = times[lead] ?? 0;
  return {
    lead,
    offsets: times.map((t) => (t === undefined || times[lead] === undefined ? 0 : t - zero)),
    without: times.flatMap((t, i) => (t === undefined ? [i] : [])),
  };
}

// The columns of a panel's timeline over the time of the leading game: out[t] = column[t + offset], NaN outside.
// Network outputs are left out: they belong to other states, and must not be compared with those of the leader.
export function moved(table, offset, rows) {
  const columns = {};
  for (const [name, column] of Object.entries(table.columns)) {
    if (name.startsWith("output_")) continue;
    const out = new Float32Array(rows).fill(NaN);
    const from = Math.max(0, -offset);
    const part = column.subarray(Math.max(0, offset), Math.max(0, Math.min(column.length, rows + offset)));
    if (from < rows) out.set(part.subarray(0, rows - from), from);
    columns[name] = out;
  }
  return { ...table, columns };
}
