// Hits that are close together as one clip.

// [{ from, to, count }], `to` included; hits: decisions in order; at most `gap` decisions lie between hits of a clip.
export function clips(hits, gap = 15) {
  const found = [];
  for (const t of hits) {
    const last = found.at(-1);
    if (last && t - last.to <= gap) {
      last.to = t;
      last.count += 1;
    } else found.push({ from: t, to: t, count: 1 });
  }
  return found;
}
