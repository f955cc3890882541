// The rows under the panels: what is plotted, its labels, the shared cursor, and seeking by pointer.
import { objectColour } from "./colour.js";
import { element, number } from "./dom.js";
import { BandTrack, EventTrack, Track, actionColour, liftAxis, liftTrack, linearAxis } from "./timeline.js";

const GAP = 5;
const PANEL_COLOURS = ["#e69f00", "#3d96d4"];

export class Rows {
  constructor({ gutter, plot, timeline, cursor }, onSeek) {
    Object.assign(this, { gutter, plot, canvas: timeline, marker: cursor, tracks: [], at: 0 });
    const seek = (event) => {
      const box = plot.getBoundingClientRect();
      onSeek(Math.floor(((event.clientX - box.left) / box.width) * this.rows));
    };
    plot.onpointerdown = (event) => {
      plot.setPointerCapture(event.pointerId);
      seek(event);
    };
    plot.onpointermove = (event) => plot.hasPointerCapture(event.pointerId) && seek(event);
  }

  // tables: the timeline of each panel's attribution or undefined; labels: [text]
  build({ episode, tables, labels, objects, target }) {
    const { meta, columns } = episode;
    this.rows = meta.rows;
    const outputs = meta.actions.map((_, i) => columns[`output_${i}`]).filter(Boolean); // none for scripted players
    const rows = [
      { title: "events", height: 16, keys: [["reward", "▲"], ["life lost", "✕"]], track: new EventTrack(meta.events, meta.rows) },
      { title: "action", height: 12, track: new BandTrack(columns.taken, actionColour) },
      outputs.length && { title: "Q", height: 46, keys: meta.actions.map((name, i) => [name, actionColour(i)]), axis: linearAxis(outputs),
        series: outputs.map((column, i) => ({ column, colour: actionColour(i) })) },
    ].filter(Boolean);
    const lifts = tables.flatMap((table) => objects.map((name) => table?.columns[`lift_${name}`]).filter(Boolean));
    const axis = liftAxis(lifts);
    tables.forEach((table, i) => {
      if (!table || !objects.length) return;
      rows.push({ title: `lift ${labels[i]}`, height: 50, axis, keys: objects.map((name, j) => [name, objectColour(name, j)]),
        track: liftTrack(table.columns, objects, axis) });
    });
    const targets = tables.map((table, i) => ({ column: table?.columns.target, colour: PANEL_COLOURS[i], name: labels[i] }))
      .filter(({ column }) => column);
    if (targets.length) {
      rows.push({ title: `target ${target}`, height: 34, axis: linearAxis(targets.map(({ column }) => column)), series: targets,
        keys: targets.map(({ name, colour }) => [name, colour]) });
    }
    this.tracks = rows.map((row) => ({ ...row, track: row.track ?? new Track(row.series, row.axis) }));
    this.gutter.replaceChildren(...this.tracks.map((row) => label(row)));
    this.canvas.style.height = `${this.tracks.reduce((sum, { height }) => sum + height + GAP, 0)}px`;
    this.drawn = "";
    this.layout();
  }

  // Draw again if the size, the theme or the tracks changed.
  layout() {
    const width = Math.round(this.plot.clientWidth);
    const height = this.tracks.reduce((sum, row) => sum + row.height + GAP, 0);
    const style = getComputedStyle(this.plot);
    const ink = { line: style.getPropertyValue("--ink-line"), alarm: style.getPropertyValue("--ink-alarm"), reward: style.getPropertyValue("--ink-reward") };
    const ratio = window.devicePixelRatio || 1;
    const key = JSON.stringify([width, height, ink, ratio]);
    if (!width || key === this.drawn) return;
    this.drawn = key;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    let top = 0;
    for (const { track, height: tall } of this.tracks) {
      track.draw(context, top, width, tall, ink);
      top += tall + GAP;
    }
    this.width = width;
    this.cursor(this.at);
  }

  cursor(at) {
    this.at = at;
    this.marker.style.transform = `translateX(${(at * (this.width ?? 0)).toFixed(1)}px)`;
  }
}

function label({ title, height, keys = [], axis }) {
  const node = element("div", "row-label");
  node.style.height = `${height}px`;
  node.style.marginBottom = `${GAP}px`;
  node.append(element("b", "", title));
  for (const [name, mark] of keys) {
    const chip = element("span", "key", name);
    if (mark.startsWith("#")) chip.style.setProperty("--key", mark);
    else chip.prepend(element("i", "glyph", mark));
    node.append(chip);
  }
  for (const value of axis?.ticks ?? []) {
    const tick = element("span", "tick", number(value, 2));
    const y = Math.max(0, Math.min(1, axis.y(value)));
    tick.style.top = `${100 * y}%`;
    tick.style.transform = `translateY(${y < 0.15 ? 0 : y > 0.85 ? -100 : -50}%)`; // stay within the row
    node.append(tick);
  }
  return node;
}
