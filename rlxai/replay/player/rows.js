// The rows under the panels: labels, plots, the shared cursor, marks, zoom, and the same values as a table.
import { decisionTicks } from "./axes.js";
import { csvText, saveText } from "./csv.js";
import { button, element } from "./dom.js";
import { queryFields } from "./fields.js";
import { rowLabel } from "./gutter.js";
import { drawMarks } from "./marks.js";
import { QUIET, rowset } from "./rowset.js";
import { drawStrip } from "./strip.js";
import { DecisionTable, sortedDecisions, tableColumns } from "./table.js";
import { bindPlot, bindStrip, fitRange, scaleRange } from "./zoom.js";

const GAP = 7;
const TIME = 16; // height of the axis of decisions
const MARKS = { title: "marks", height: 14, keys: [{ name: "query", glyph: "▮" }, { name: "bookmark", glyph: "★" }] };
const STRIP = 26;
const INK = ["line", "alarm", "text", "tunnel", "accent", "hit", "ground"];
const ICONS = { in: "M7 3h2v4h4v2H9v4H7V9H3V7h4z", out: "M3 7h10v2H3z", all: "M2 4h2v8H2zM12 4h2v8h-2zM5 7h6v2H5z" };

export class Rows {
  // onSeek(t); onZoom([from, to] or null) after the user chose a range.
  constructor({ gutter, plot, timeline, cursor, table }, { onSeek, onZoom = () => {} }) {
    Object.assign(this, { gutter, plot, canvas: timeline, marker: cursor, onZoom });
    Object.assign(this, { placed: [], at: 0, total: 0, zoomed: null, marks: [], loop: null });
    this.hidden = new Set(QUIET);
    this.overlay = element("canvas", "tl-overlay");
    this.brush = element("div", "tl-brush");
    this.brush.hidden = true;
    this.tip = element("div", "tl-tip");
    plot.append(this.overlay, this.brush, this.tip);
    this.buildHead(onSeek, table);
    const range = () => this.range;
    const onRange = (wanted) => this.choose(wanted);
    bindPlot(plot, this.brush, { range, onSeek, onRange, onHover: (t, x) => this.hover(t, x) });
    bindStrip(this.strip, { decisions: () => this.total, range, onRange });
    this.hover(null, 0);
  }

  buildHead(onSeek, place) {
    this.strip = element("div", "tl-strip");
    this.strip.title = "The whole game: drag to choose what is shown below; a double click shows all";
    this.overview = element("canvas");
    this.frame = element("div", "tl-window");
    this.strip.append(this.overview, this.frame);
    const head = element("div", "tl-head");
    this.shown = element("span", "tl-range");
    const around = (factor) => () => this.choose(scaleRange(this.range, factor, this.decision, this.total));
    this.tableButton = element("button", "tl-button", "Table");
    this.tableButton.type = "button";
    this.tableButton.setAttribute("aria-expanded", "false");
    this.tableButton.onclick = () => this.toggleTable();
    const csv = element("button", "tl-button", "CSV");
    csv.type = "button";
    csv.title = "Save the shown decisions as a table";
    csv.onclick = () => this.save();
    head.append(button("Zoom in", ICONS.in, around(0.5)), button("Zoom out", ICONS.out, around(2)),
      button("Whole game", ICONS.all, () => this.choose(null)), this.tableButton, csv);
    this.place = place ?? element("div");
    this.place.classList.add("tl-scroll");
    this.place.tabIndex = 0;
    this.place.setAttribute("role", "region");
    this.place.setAttribute("aria-label", "Table of decisions");
    this.place.hidden = true;
    this.table = new DecisionTable(this.place, onSeek);
    this.gutter.before(head, this.strip);
    this.plot.after(this.shown, ...(place ? [] : [this.place]));
  }

  // tables: the timeline of each panel's attribution or undefined; labels: [text], each beginning with its panel's letter;
  // own: each panel plays its own game.
  build({ episode, tables, labels, letters, objects, target, own = false, marks }) {
    this.given = { episode, tables, labels, letters, objects, target, own };
    if (marks) this.marks = marks;
    this.total = episode.meta.rows;
    this.zoomed = fitRange(this.zoomed, this.total);
    const rows = [MARKS, ...rowset({ ...this.given, hidden: this.hidden })];
    let top = TIME;
    this.placed = rows.map((row) => {
      const placed = { ...row, top };
      top += row.height + GAP;
      return placed;
    });
    this.height = top;
    const space = element("div", "tl-time", "decision");
    space.style.height = `${TIME}px`;
    this.gutter.replaceChildren(space, ...rows.map((row) => rowLabel(row, GAP, (name) => this.toggle(name))));
    this.canvas.style.height = this.overlay.style.height = `${top}px`;
    this.columns = null;
    this.drawn = "";
    this.layout();
    this.showTable();
  }

  get range() { return this.zoomed ?? [0, this.total]; }

  get decision() { return Math.min(this.total - 1, Math.floor(this.at * this.total)); }

  toggle(name) {
    if (!this.hidden.delete(name)) this.hidden.add(name);
    this.build(this.given);
    [...this.gutter.querySelectorAll("button.key")].find((chip) => chip.textContent === name)?.focus();
  }

  // ---- zoom ----------------------------------------------------------------------------------------------------

  zoom(range) {
    this.zoomed = fitRange(range, this.total);
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => {
      this.layout();
      this.showTable();
    });
  }

  choose(range) {
    this.zoom(range);
    this.onZoom(this.zoomed);
  }

  setMarks(marks, loop = null) {
    Object.assign(this, { marks, loop });
    this.paintMarks();
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  // Draw again if the size, the theme, the range or the rows changed.
  layout() {
    const width = Math.round(this.plot.clientWidth);
    if (!width || !this.placed.length) return;
    const style = getComputedStyle(this.plot);
    const ink = Object.fromEntries(INK.map((name) => [name, style.getPropertyValue(`--ink-${name}`)]));
    const key = JSON.stringify([width, this.height, ink, window.devicePixelRatio, this.range]);
    if (key === this.drawn) return;
    this.drawn = key;
    Object.assign(this, { width, ink });
    const context = sized(this.canvas, width, this.height);
    this.drawTime(context);
    for (const { track, top, height } of this.placed) track?.draw(context, { top, height, width, range: this.range, ink });
    const [from, to] = this.range;
    drawStrip(sized(this.overview, width, STRIP), { episode: this.given.episode, width, height: STRIP, ink });
    this.frame.style.left = `${(from / this.total) * 100}%`;
    this.frame.style.width = `${((to - from) / this.total) * 100}%`;
    this.strip.classList.toggle("zoomed", Boolean(this.zoomed));
    this.shown.textContent = this.zoomed
      ? `decisions ${from}–${to - 1} of ${this.total} · double click shows all`
      : `${this.total} decisions · shift and drag to zoom`;
    this.paintMarks();
    this.cursor(this.at, false);
  }

  drawTime(context) {
    const { width, height, ink, range: [from, to] } = this;
    context.font = "10.5px system-ui, sans-serif";
    context.textAlign = "center";
    for (const t of decisionTicks(this.range, width)) {
      const x = Math.round(((t - from) / (to - from)) * width) + 0.5;
      context.globalAlpha = 0.13;
      context.fillStyle = ink.text;
      context.fillRect(x - 0.5, TIME - 3, 1, height);
      context.globalAlpha = 0.75;
      const half = context.measureText(t).width / 2;
      context.fillText(t, Math.max(half, Math.min(width - half, x)), 10);
    }
    context.globalAlpha = 1;
  }

  paintMarks() {
    if (!this.width) return;
    const { marks, loop, width, range, ink, height: all } = this;
    drawMarks(sized(this.overlay, width, all), { marks, loop, row: this.placed[0], all, width, range, ink });
  }

  // at: fraction of the whole game. The window follows a cursor that leaves it.
  cursor(at, follow = true) {
    const [from, to] = this.range;
    const [before, t] = [this.at * this.total, at * this.total];
    this.at = at;
    if (follow && this.zoomed && before >= from && before < to && (t < from || t >= to)) {
      const start = t - 0.05 * (to - from);
      this.choose([start, start + to - from]);
    }
    const x = ((t - this.range[0]) / (this.range[1] - this.range[0])) * (this.width ?? 0);
    this.marker.style.transform = `translateX(${x.toFixed(1)}px)`;
    if (!this.place.hidden && this.table.current !== this.decision) this.table.mark(this.decision, true);
  }

  hover(t, x) {
    this.tip.hidden = t === null || !this.total;
    if (this.tip.hidden) return;
    this.tip.textContent = `t ${t} · ${((t * this.given.episode.meta.skip) / 60).toFixed(1)} s`;
    this.tip.style.left = `${x}px`;
    this.tip.classList.toggle("left", x > this.width - 110);
  }

  // ---- table ---------------------------------------------------------------------------------------------------

  toggleTable() {
    this.place.hidden = !this.place.hidden;
    this.tableButton.setAttribute("aria-expanded", String(!this.place.hidden));
    this.showTable();
    if (!this.place.hidden) this.table.mark(this.decision, true);
  }

  get tableColumns() {
    this.columns ??= tableColumns(queryFields(this.given));
    return this.columns;
  }

  showTable() {
    if (!this.place.hidden && this.total) this.table.show(this.tableColumns, this.range);
  }

  save() {
    const [from, to] = this.range;
    if (this.total) saveText(`decisions ${from}-${to - 1}.csv`, csvText(this.tableColumns, sortedDecisions(this.range)));
  }
}

// The canvas at the screen's own resolution, cleared.
function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}
