// The timelines as a table: sortable, and only the rows in sight exist, so that a long game costs no more than a short one.
import { element, number } from "./dom.js";

const ROW = 24; // pixels, as in timelines.css
const SPARE = 6; // rows kept above and below those in sight

// [{ name, text(t), cell(t), value(t) }] of fields; panel fields only where several panels have them.
export function tableColumns(fields) {
  const entries = [...fields];
  const both = (name) => entries.filter(([other, { panel }]) => panel && other.slice(other.indexOf(".") + 1) === name).length;
  return entries
    .filter(([name, { panel }]) => (panel ? both(name.slice(name.indexOf(".") + 1)) > 1 : both(name) < 2))
    .map(([name, { type, at, names }]) => {
      const words = type === "condition" ? ["no", "yes"] : names;
      const word = (t) => words[at(t)] ?? "";
      const short = (t) => (Number.isNaN(at(t)) ? "" : number(at(t), 4));
      const numeric = type === "number";
      return { name, value: at, numeric, text: numeric ? (t) => plain(at(t)) : word, cell: numeric ? short : word };
    });
}

// As many digits as a float32 has; nothing where it is not known.
function plain(value) {
  if (Number.isNaN(value)) return "";
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(7)));
}

// Decisions of a range in the order of a column, unknown values last in either direction; equals stay in order of time.
export function sortedDecisions([from, to], value = null, down = false) {
  const order = Array.from({ length: to - from }, (_, i) => from + i);
  if (!value) return order;
  const keys = Float64Array.from(order, value);
  const sign = down ? -1 : 1;
  const known = order.filter((t) => !Number.isNaN(keys[t - from]));
  known.sort((a, b) => sign * (keys[a - from] - keys[b - from]));
  return [...known, ...order.filter((t) => Number.isNaN(keys[t - from]))];
}

export class DecisionTable {
  constructor(node, onSeek) {
    Object.assign(this, { node, onSeek, order: [], columns: [], sort: null, shown: "" });
    this.table = element("table", "tl-table");
    this.table.append(element("caption", "tl-unseen", "Values at each decision"));
    this.head = element("thead");
    this.body = element("tbody");
    this.table.append(this.head, this.body);
    node.replaceChildren(this.table);
    node.onscroll = () => this.rows();
    node.onkeydown = (event) => this.key(event);
  }

  show(columns, range) {
    Object.assign(this, { columns, range });
    if (this.sort && !columns.some(({ name }) => name === this.sort.name)) this.sort = null;
    this.reorder();
  }

  reorder() {
    const by = this.columns.find(({ name }) => name === this.sort?.name);
    this.order = sortedDecisions(this.range, by?.value, this.sort?.down);
    this.table.setAttribute("aria-rowcount", this.order.length + 1);
    const line = element("tr");
    line.append(...this.columns.map((column) => this.header(column)));
    this.head.replaceChildren(line);
    this.shown = "";
    this.rows();
  }

  header({ name, numeric }) {
    const cell = element("th", numeric ? "numeric" : "");
    cell.scope = "col";
    const mine = this.sort?.name === name;
    cell.setAttribute("aria-sort", mine ? (this.sort.down ? "descending" : "ascending") : "none");
    const button = element("button", "", name);
    button.type = "button";
    button.append(element("i", "tl-sort", mine ? (this.sort.down ? "▼" : "▲") : ""));
    button.onclick = () => {
      this.sort = mine && this.sort.down ? null : { name, down: mine };
      this.reorder();
      this.head.querySelectorAll("button")[this.columns.findIndex((column) => column.name === name)]?.focus();
    };
    cell.append(button);
    return cell;
  }

  // The rows in sight, between two empty ones as tall as all the others together.
  rows() {
    const first = Math.max(0, Math.floor(this.node.scrollTop / ROW) - SPARE);
    const last = Math.min(this.order.length, Math.ceil((this.node.scrollTop + this.node.clientHeight) / ROW) + SPARE);
    const key = `${first} ${last}`;
    if (key === this.shown) return;
    this.shown = key;
    const lines = this.order.slice(first, last).map((t, i) => this.line(t, first + i));
    this.body.replaceChildren(this.space(first), ...lines, this.space(this.order.length - last));
    this.mark(this.current);
  }

  space(rows) {
    const line = element("tr");
    line.setAttribute("aria-hidden", "true");
    const cell = element("td");
    cell.colSpan = Math.max(1, this.columns.length);
    cell.style.cssText = `height:${rows * ROW}px;padding:0;border:0`;
    line.append(cell);
    return line;
  }

  line(t, place) {
    const line = element("tr");
    line.dataset.t = t;
    line.setAttribute("aria-rowindex", place + 2);
    line.append(...this.columns.map(({ cell, numeric }) => element("td", numeric ? "numeric" : "", cell(t))));
    line.onclick = () => this.onSeek(t);
    return line;
  }

  // The decision that is shown, and into sight with it if asked for.
  mark(t, follow = false) {
    this.current = t;
    for (const line of this.body.children) {
      if (line.dataset.t === String(t)) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
    if (!follow) return;
    const top = this.order.indexOf(t) * ROW;
    if (top < 0) return;
    if (top < this.node.scrollTop || top > this.node.scrollTop + this.node.clientHeight - 3 * ROW) {
      this.node.scrollTop = Math.max(0, top - this.node.clientHeight / 3);
    }
  }

  // Up and down go through the rows as they are sorted.
  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.target !== this.node) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.order.indexOf(this.current);
    const next = this.order[Math.max(0, Math.min(this.order.length - 1, at < 0 ? 0 : at + by))];
    if (next === undefined) return;
    this.onSeek(next);
    this.mark(next, true);
  }
}
