// What the pointer says: the object and the relevance under it, in every panel at the same place.
import { number } from "./dom.js";
import { objectsAt } from "./overlay.js";
import { FEW, LETTERS } from "./panels.js";

// at: { i, x, y } of the panel under the pointer, or null; names: of the objects by bit. Returns the words for NOW.
export function showPointer(at, { scenes, times, shown }, views, names) {
  if (!at || !scenes[at.i]) {
    for (const { overlay } of views) overlay.show(null);
    return "";
  }
  const { x, y } = at;
  const found = scenes.map(({ game, source }, i) => {
    const masks = times[i] === null ? undefined : game.masks(times[i]);
    const objects = masks ? objectsAt(masks, names, x, y) : [];
    const relevance = source ? relevanceAt(shown[i].map, x, y) : NaN;
    const said = Number.isFinite(relevance) ? `R ${signed(relevance)}` : "";
    views[i].overlay.show({ x, y, masks, object: objects[0], text: [objects[0]?.name, said].filter(Boolean).join(" · ") });
    return { objects, said };
  });
  const side = shown[at.i].map?.side ?? 84;
  const objects = found[at.i].objects.map(({ name }) => name).join(", ") || "no object";
  const values = scenes.length > FEW ? [] : found.map(({ said }, i) => said && `${LETTERS[i]} ${said}`).filter(Boolean);
  return [`pixel ${Math.floor(x * side)}, ${Math.floor(y * side)}`, objects, ...values].join(" · ");
}

// Relevance of the map cell at a fraction of the screen.
export function relevanceAt(map, x, y) {
  return map ? (map.levels[Math.floor(y * map.side) * map.side + Math.floor(x * map.side)] * map.scale) / 127 : NaN;
}

function signed(value) {
  return value > 0 ? `+${number(value, 2)}` : number(value, 2).replace("-", "−");
}
