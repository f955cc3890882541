// Relevance of full colour, the rules of rlxai.replay.scale.

export const HOW = {
  episode: "p99.9 of the episode", shared: "largest p99.9 of its method shown", running: "running maximum", frame: "this decision",
};
const DECAY = 0.97;
const kept = new WeakMap();

// s_t = max(m_t, decay s_{t-1}) of the maxima m of each decision: follows quickly, forgets slowly.
export function runningScales(maxima, decay = DECAY) {
  const out = new Float32Array(maxima.length);
  let scale = 0;
  for (let t = 0; t < maxima.length; t++) {
    scale = Math.max(Number.isFinite(maxima[t]) ? maxima[t] : 0, decay * scale);
    out[t] = scale;
  }
  return out;
}

// source, sources: the maps of the panel and of all panels; shown: { t, mapScale, columns } of the panel.
export function fullColour(mode, source, sources, { t, mapScale, columns }) {
  if (!source) return NaN;
  if (mode === "frame") return mapScale ?? NaN;
  // Relevance of different methods has different units: only panels of one method can share a scale.
  if (mode === "shared") return Math.max(...sources.filter((other) => other?.method === source.method).map(({ scale }) => scale));
  const maxima = mode === "running" && columns?.shown_max;
  if (!maxima) return source.scale;
  if (!kept.has(maxima)) kept.set(maxima, runningScales(maxima));
  return kept.get(maxima)[t];
}
