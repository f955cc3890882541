// Marks on the timeline: hits of the query, bookmarks, and the loop; drawn over the rows without drawing these again.
import { drawGlyph } from "./tracks.js";

const WASHED = 60; // so many hits in sight are followed down through all rows; more would hide these

// marks: [{ t, kind: "hit" | "bookmark", note }]; loop: [from, to] decisions, `to` included, or null.
// row: { top, height } of the row of marks; all: height of all rows.
export function drawMarks(context, { marks, loop, row, all, width, range: [from, to], ink }) {
  const x = (t) => ((t - from) / (to - from)) * width;
  context.clearRect(0, 0, width, all);
  if (loop) drawLoop(context, x(loop[0]), x(loop[1] + 1), { row, all, width, ink });
  const hits = marks.filter(({ t, kind }) => kind === "hit" && t >= from && t < to);
  const wide = Math.max(1.5, x(from + 1));
  context.fillStyle = ink.hit;
  for (const [left, share] of hitColumns(hits, width, [from, to])) {
    context.globalAlpha = 0.35 + 0.65 * share;
    context.fillRect(left, row.top + 2, wide, row.height - 4);
  }
  context.globalAlpha = 0.12;
  if (hits.length <= WASHED) for (const { t } of hits) context.fillRect(x(t), row.top + row.height, wide, all);
  context.globalAlpha = 1;
  for (const { t, kind } of marks) {
    if (kind === "bookmark" && t >= from && t < to) drawGlyph(context, kind, x(t + 0.5), row.top + row.height / 2, ink);
  }
}

// [left edge, share of its decisions that are hits] of each hit, or of each pixel where a pixel holds several decisions.
export function hitColumns(hits, width, [from, to]) {
  const each = (to - from) / width;
  const found = new Map();
  for (const { t } of hits) {
    const left = each > 1 ? Math.floor((t - from) / each) : (t - from) / each;
    found.set(left, Math.min(1, (found.get(left) ?? 0) + 1 / Math.max(1, each)));
  }
  return [...found];
}

function drawLoop(context, left, right, { row, all, width, ink }) {
  if (right < 0 || left > width) return;
  context.fillStyle = ink.text;
  context.globalAlpha = 0.07;
  context.fillRect(left, 0, right - left, all);
  context.globalAlpha = 0.8;
  const y = row.top + row.height - 1.5;
  context.fillRect(left, y, right - left, 1.5);
  for (const at of [left, right - 1.5]) context.fillRect(at, row.top, 1.5, row.height);
  context.globalAlpha = 1;
}
