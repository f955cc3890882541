// What the pointer says about a panel: outline and name of the object under it, and the relevance there.
import { objectColour } from "./colour.js";
import { element } from "./dom.js";

const ZOOM = 4; // overlay pixels per screen pixel, so that outlines stay thin

// Objects that touch a cell, smallest first: where several lie over each other, the smallest is meant.
export function objectsAt({ bits, side }, names, x, y) {
  const here = bits[Math.floor(y * side) * side + Math.floor(x * side)];
  const found = names.map((name, i) => ({ name, i })).filter(({ i }) => here & (1 << i));
  const area = new Map(found.map(({ i }) => [i, bits.reduce((sum, cell) => sum + ((cell >> i) & 1), 0)]));
  return found.sort((a, b) => area.get(a.i) - area.get(b.i));
}

// Line segments around the cells of object i, in cells: [x0, y0, x1, y1].
export function outline({ bits, side }, i) {
  const inside = (x, y) => x >= 0 && y >= 0 && x < side && y < side && (bits[y * side + x] >> i) & 1;
  const lines = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) lines.push([x, y, x + 1, y]);
      if (!inside(x, y + 1)) lines.push([x, y + 1, x + 1, y + 1]);
      if (!inside(x - 1, y)) lines.push([x, y, x, y + 1]);
      if (!inside(x + 1, y)) lines.push([x + 1, y, x + 1, y + 1]);
    }
  }
  return lines;
}

export class Overlay {
  // onPoint({ x, y }): fractions of the screen, or null when the pointer has left.
  constructor(screen, canvas, onPoint) {
    this.canvas = element("canvas", "overlay");
    this.canvas.width = canvas.width * ZOOM || 640;
    this.canvas.height = canvas.height * ZOOM || 840;
    this.text = element("span", "pointed");
    this.dot = element("i", "dot");
    for (const node of [this.canvas, this.dot, this.text]) node.hidden = true;
    screen.append(canvas, this.canvas, this.dot, this.text);
    screen.onpointermove = (event) => {
      const box = screen.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      if (x >= 0 && y >= 0 && x < 1 && y < 1) onPoint({ x, y });
    };
    screen.onpointerleave = () => onPoint(null);
  }

  // at: { x, y, text, masks, object: { name, i } or undefined } or null for nothing.
  show(at) {
    for (const node of [this.canvas, this.dot, this.text]) node.hidden = !at;
    if (!at) return;
    this.dot.style.left = `${100 * at.x}%`;
    this.dot.style.top = `${100 * at.y}%`;
    if (this.text.textContent !== at.text) this.text.textContent = at.text;
    this.text.classList.toggle("above", at.y > 0.85);
    this.draw(at);
  }

  draw({ masks, object }) {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.clearRect(0, 0, width, height);
    if (!object) return;
    const [sx, sy] = [width / masks.side, height / masks.side];
    context.beginPath();
    for (const [x0, y0, x1, y1] of outline(masks, object.i)) {
      context.moveTo(x0 * sx, y0 * sy);
      context.lineTo(x1 * sx, y1 * sy);
    }
    context.lineCap = "round";
    for (const [colour, line] of [["#000", 8], ["#fff", 5], [objectColour(object.name, object.i), 3]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.stroke();
    }
  }
}
