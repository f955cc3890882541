// The strip over the rows: the whole game at a glance, as its score with the lives lost.
import { perPixel } from "./series.js";

export function drawStrip(context, { episode: { meta, columns }, width, height, ink }) {
  const { high } = perPixel(columns.score, width);
  const [least, most] = [Math.min(0, columns.score[0]), Math.max(1, columns.score.at(-1))];
  const y = (value) => height - 3 - ((value - least) / (most - least)) * (height - 7);
  context.fillStyle = ink.text;
  context.globalAlpha = 0.22;
  high.forEach((value, x) => context.fillRect(x, y(value), 1, height - y(value)));
  context.globalAlpha = 0.85;
  context.fillStyle = ink.alarm;
  for (const [t, kind] of meta.events) if (kind === "life lost") context.fillRect((t / meta.rows) * width, 0, 1.5, height);
  context.globalAlpha = 1;
}
