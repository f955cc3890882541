// Ranges of decisions that are shown, and the gestures that choose them. A range is [from, to], `to` left out.

const LEAST = 8; // decisions; closer, nothing more is to be seen
const EDGE = 7; // pixels at which a window is taken by its edge

// A range within the game and not too short; null if it is the whole game.
export function fitRange(range, decisions) {
  if (!range || !range.every(Number.isFinite)) return null;
  const length = Math.min(decisions, Math.max(LEAST, Math.round(range[1] - range[0])));
  const from = Math.max(0, Math.min(decisions - length, Math.round(range[0])));
  return length >= decisions ? null : [from, from + length];
}

// The range `factor` times as long, with the decision `around` where it is, or in the middle if it is not in the range.
export function scaleRange([from, to], factor, around, decisions) {
  const share = around >= from && around < to ? (around - from) / (to - from) : 0.5;
  const centre = around >= from && around < to ? around : (from + to) / 2;
  const length = (to - from) * factor;
  return fitRange([centre - share * length, centre + (1 - share) * length], decisions);
}

// The decision under a position within a plot of this width.
export function decisionAt(x, width, [from, to]) {
  return Math.max(from, Math.min(to - 1, from + Math.floor((x / width) * (to - from))));
}

// A drag on the strip: what is taken hold of at x, where the window is drawn from `left` to `right`.
export function holdOf(x, left, right) {
  if (Math.abs(x - left) <= EDGE) return "from";
  if (Math.abs(x - right) <= EDGE) return "to";
  return x > left && x < right ? "window" : "new";
}

// The range after dragging from decision `start` to `now`, where `before` was shown.
export function draggedRange(hold, before, start, now) {
  const by = now - start;
  if (hold === "window") return [before[0] + by, before[1] + by];
  if (hold === "from") return [Math.min(before[0] + by, before[1] - LEAST), before[1]];
  if (hold === "to") return [before[0], Math.max(before[1] + by, before[0] + LEAST)];
  return [Math.min(start, now), Math.max(start, now)];
}

// Pointer on the plot: a click or drag seeks, with shift it brushes a range, a double click shows the whole game.
export function bindPlot(plot, brush, { range, onSeek, onRange, onHover }) {
  let from = null;
  const place = (event) => {
    const box = plot.getBoundingClientRect();
    return [Math.max(0, Math.min(box.width, event.clientX - box.left)), box.width];
  };
  const at = (event) => decisionAt(...place(event), range());
  plot.onpointerdown = (event) => {
    if (event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    from = event.shiftKey ? place(event)[0] : null;
    if (from === null) onSeek(at(event));
  };
  plot.onpointermove = (event) => {
    const [x] = place(event);
    onHover(at(event), x);
    if (!plot.hasPointerCapture(event.pointerId)) return;
    if (from === null) onSeek(at(event));
    else showBrush(brush, from, x);
  };
  plot.onpointerup = (event) => {
    const [x, width] = place(event);
    showBrush(brush, 0, 0);
    if (from !== null && Math.abs(x - from) >= 4) {
      const [first, last] = [decisionAt(Math.min(from, x), width, range()), decisionAt(Math.max(from, x), width, range())];
      onRange([first, last + 1]);
    }
    from = null;
  };
  plot.onpointercancel = () => {
    from = null;
    showBrush(brush, 0, 0);
  };
  plot.onpointerleave = () => onHover(null, 0);
  plot.ondblclick = () => onRange(null);
}

function showBrush(brush, from, to) {
  brush.hidden = from === to;
  brush.style.left = `${Math.min(from, to)}px`;
  brush.style.width = `${Math.abs(to - from)}px`;
}

// The strip shows the whole game: a drag on it chooses what is shown below, the window can be moved and resized.
export function bindStrip(strip, { decisions, range, onRange }) {
  let drag = null;
  const place = (event) => {
    const box = strip.getBoundingClientRect();
    const scale = decisions() / box.width;
    const [from, to] = range();
    const x = event.clientX - box.left;
    return { t: x * scale, hold: to - from >= decisions() ? "new" : holdOf(x, from / scale, to / scale) };
  };
  strip.onpointerdown = (event) => {
    if (event.button !== 0) return;
    strip.setPointerCapture(event.pointerId);
    const { t, hold } = place(event);
    drag = { start: t, hold, before: range() };
  };
  strip.onpointermove = (event) => {
    const { t, hold } = place(event);
    strip.style.cursor = { from: "ew-resize", to: "ew-resize", window: "grab", new: "crosshair" }[drag?.hold ?? hold];
    if (!drag || Math.abs(t - drag.start) < 1) return;
    onRange(draggedRange(drag.hold, drag.before, drag.start, t));
  };
  strip.onpointerup = () => { drag = null; };
  strip.onpointercancel = () => { drag = null; };
  strip.ondblclick = () => onRange(null);
}
