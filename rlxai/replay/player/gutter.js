// Labels to the left of the rows: title, what the lines and marks mean, ticks.
import { element, number } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

// onToggle(name): a key that can be shown and hidden was chosen.
export function rowLabel({ title, height, keys = [], lanes = [], axis, note }, gap, onToggle) {
  const node = element("div", "row-label");
  node.style.height = `${height}px`;
  node.style.marginBottom = `${gap}px`;
  if (lanes.length) node.classList.add("has-lanes");
  const words = element("div", "tl-words");
  words.append(element("b", "", title), ...keys.map((key) => keyChip(key, onToggle)));
  if (note) words.append(element("span", "tl-note", note));
  node.title = [title, ...lanes, note].filter(Boolean).join("\n");
  node.append(words);
  lanes.forEach((name, i) => node.append(tick(name, (i + 0.5) / lanes.length, -50)));
  for (const [i, value] of (axis?.ticks ?? []).entries()) {
    const y = Math.max(0, Math.min(1, axis.y(value)));
    node.append(tick(axis.names?.[i] ?? number(value, 2), y, y < 0.15 ? 0 : y > 0.85 ? -100 : -50)); // stay within the row
  }
  return node;
}

function tick(text, y, shift) {
  const node = element("span", "tick", text);
  node.style.top = `${100 * y}%`;
  node.style.transform = `translateY(${shift}%)`;
  return node;
}

function keyChip({ name, colour, dash, glyph, thick, toggle, off }, onToggle) {
  const chip = element(toggle ? "button" : "span", "key", name);
  if (glyph) chip.prepend(element("i", "glyph", glyph));
  else if (!off && (dash || thick)) chip.prepend(sample(colour, dash ?? [], thick ?? 2));
  else if (colour && !off) {
    const square = element("i", "tl-square");
    square.style.background = colour;
    chip.prepend(square);
  }
  if (!toggle) return chip;
  chip.type = "button";
  chip.setAttribute("aria-pressed", String(!off));
  chip.title = off ? `Show ${name}` : `Hide ${name}`;
  chip.onclick = () => onToggle(toggle);
  return chip;
}

function sample(colour, dash, thick) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "tl-sample");
  svg.setAttribute("viewBox", "0 0 18 8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "line");
  const drawn = { x1: 0, y1: 4, x2: 18, y2: 4, stroke: colour, "stroke-width": thick, "stroke-dasharray": dash.join(" ") };
  for (const [name, value] of Object.entries(drawn)) line.setAttribute(name, value);
  svg.append(line);
  return svg;
}
