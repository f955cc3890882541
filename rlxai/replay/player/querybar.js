// The query bar: an expression, what is wrong with it or how often it is true, and the clips where it is.
import { clips } from "./clips.js";
import { element } from "./dom.js";
import { hitsOf } from "./query.js";

const WAIT_MS = 200;
const SHOWN = 60;
const LEAD = 8; // decisions shown before and after the hits of a clip
const WORDS = ["and", "or", "not", "==", "!=", "<", "<=", ">", ">=", "abs(x)", "min(x, y)", "max(x, y)", "was(x, n)"];
const EXAMPLES = ['lift.ball > 4 and action == "LEFT"', "disagree and gap > 0.05", "reward > 0 or was(reward > 0, 10)"];

export class QueryBar {
  // onResult(hits, text) after each change; onClip(from, to), `to` included, when a clip is chosen.
  constructor(node, { onResult, onClip }) {
    Object.assign(this, { onResult, onClip, fields: null, hits: [] });
    const form = element("form", "q-form");
    const label = element("label", "field q-label", "find");
    this.input = element("input", "q-input");
    Object.assign(this.input, { type: "text", spellcheck: false, autocomplete: "off", placeholder: EXAMPLES[0] });
    this.input.setAttribute("aria-label", "Find decisions where");
    label.append(this.input);
    this.message = element("span", "q-message");
    this.message.setAttribute("role", "status");
    this.clear = element("button", "q-small", "Clear");
    this.clear.type = "button";
    this.names = element("details", "q-names");
    this.list = element("ol", "q-clips");
    this.list.setAttribute("aria-label", "Clips of the decisions found");
    form.append(label, this.clear, this.names, this.message);
    node.replaceChildren(form, this.list);
    this.clear.onclick = () => { this.text = ""; };
    this.input.oninput = () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.run(), WAIT_MS);
    };
    this.input.onkeydown = (event) => event.key === "Escape" && (this.text = "");
    form.onsubmit = (event) => {
      event.preventDefault();
      this.run();
    };
    this.run();
  }

  get text() { return this.input.value; }

  set text(value) {
    this.input.value = value;
    this.run();
  }

  // fields: what queryFields says of the present episode and panels.
  setFields(fields) {
    this.fields = fields;
    this.decisions = fields.decisions;
    this.buildNames();
    this.run();
  }

  run() {
    clearTimeout(this.waiting);
    const text = this.text.trim();
    this.clear.hidden = !text;
    let [hits, problem] = [[], ""];
    if (text && this.fields) {
      try {
        hits = hitsOf(text, this.fields, this.decisions);
      } catch (error) {
        problem = error.message;
      }
    }
    this.show(text && this.fields ? hits : null, problem);
    const key = `${hits.length} ${text} ${hits.join()}`;
    if (key === this.told) return;
    this.told = key;
    this.hits = hits;
    this.onResult(hits, text);
  }

  show(hits, problem) {
    const found = hits ? clips(hits) : [];
    this.input.toggleAttribute("aria-invalid", Boolean(problem));
    this.message.classList.toggle("bad", Boolean(problem));
    this.message.textContent = problem || (hits ? summary(hits.length, found.length, this.decisions) : "");
    this.list.replaceChildren(...found.slice(0, SHOWN).map((clip) => this.item(clip)));
    const rest = found.length - SHOWN;
    if (rest > 0) this.list.append(element("li", "q-more", `and ${rest} more, marked on the timeline`));
    this.list.hidden = !found.length;
  }

  item(clip) {
    const node = element("li");
    const button = element("button", "q-clip", clip.from === clip.to ? `t ${clip.from}` : `t ${clip.from}–${clip.to}`);
    button.type = "button";
    button.append(element("span", "q-count", `×${clip.count}`));
    button.title = `Play in a loop: ${clip.count} of the ${clip.to - clip.from + 1} decisions from ${clip.from} to ${clip.to}`;
    button.onclick = () => {
      for (const other of this.list.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
      button.setAttribute("aria-current", "true");
      this.onClip(Math.max(0, clip.from - LEAD), Math.min(this.decisions - 1, clip.to + LEAD));
    };
    node.append(button);
    return node;
  }

  buildNames() {
    const open = this.names.open;
    const box = element("div", "q-box");
    const insert = (text) => {
      const [from, to] = [this.input.selectionStart ?? this.text.length, this.input.selectionEnd ?? this.text.length];
      this.input.setRangeText(text, from, to, "end");
      this.input.focus();
      this.input.oninput();
    };
    const chip = (text, act) => {
      const button = element("button", "q-name", text);
      button.type = "button";
      button.onclick = act;
      return button;
    };
    const names = [...this.fields].filter(([, { panel }]) => !panel).map(([name]) => name);
    box.append(
      element("h4", "", "Examples"), ...EXAMPLES.map((text) => chip(text, () => { this.text = text; })),
      element("h4", "", "Fields"), ...names.map((name) => chip(name, () => insert(name))),
      element("h4", "", "Words"), ...WORDS.map((word) => chip(word, () => insert(word))),
      element("p", "note", "A panel's letter before a field means that panel (B.lift.ball). was(x, n) is x of n decisions ago."),
    );
    this.names.replaceChildren(element("summary", "", "fields"), box);
    this.names.open = open;
  }
}

function summary(hits, count, decisions) {
  if (!hits) return "no decision";
  const share = ((100 * hits) / decisions).toPrecision(2);
  const [found, all, parts] = [hits, decisions, count].map((value) => value.toLocaleString("en"));
  return `${found} of ${all} decisions (${Number(share)} %) in ${parts} clip${count === 1 ? "" : "s"}`;
}
