// Bookmarks: moments with a note. They are part of the link, so that they go where it goes.
import { button, element, name } from "./dom.js";

const STAR = "M8 1.6l2 4.3 4.6.5-3.4 3.2.9 4.7L8 12l-4.1 2.3.9-4.7L1.4 6.4 6 5.9z";

export const MOST_MARKS = 100;

// The bookmarks with one more, or with another note, in the order of time.
export function withMark(marks, t, note) {
  const kept = marks.filter((mark) => mark.t !== t);
  return kept.length < MOST_MARKS ? [...kept, { t, note }].sort((a, b) => a.t - b.t) : marks;
}

export function withoutMark(marks, t) {
  return marks.filter((mark) => mark.t !== t);
}

export class Bookmarks {
  // actions: { now() -> the present decision, seek(t), changed(marks) }
  constructor(root, actions) {
    Object.assign(this, { actions, marks: [], key: "" });
    this.star = button("Bookmark this decision (b)", STAR, () => this.toggle());
    this.star.classList.add("star");
    this.note = element("input", "mark-note");
    Object.assign(this.note, { type: "text", maxLength: 200, placeholder: "note on this decision" });
    this.note.setAttribute("aria-label", "Note on this decision");
    this.note.onkeydown = (event) => ["Enter", "Escape"].includes(event.key) && this.note.blur();
    this.note.onchange = () => this.set(withMark(this.marks, this.t, this.note.value.trim()));
    this.list = element("span", "mark-list");
    root.replaceChildren(this.star, this.note, this.list);
  }

  toggle() {
    const t = this.actions.now(); // what is shown may be a frame behind
    this.set(this.marks.some((mark) => mark.t === t) ? withoutMark(this.marks, t) : withMark(this.marks, t, ""));
  }

  set(marks) {
    this.marks = marks;
    this.key = "";
    this.show(this.actions.now());
    this.actions.changed(marks);
  }

  // Called whenever texts are refreshed: cheap when nothing has changed.
  show(t) {
    const key = `${t} ${JSON.stringify(this.marks)}`;
    if (key === this.key) return;
    this.key = key;
    this.t = t;
    const mark = this.marks.find((other) => other.t === t);
    name(this.star, mark ? "Remove the bookmark (b)" : "Bookmark this decision (b)");
    this.star.setAttribute("aria-pressed", String(Boolean(mark)));
    if (this.note.getRootNode().activeElement !== this.note) this.note.value = mark?.note ?? "";
    this.list.replaceChildren(...this.marks.map((other) => this.chip(other)));
  }

  chip({ t, note }) {
    const chip = element("button", "chip", note ? `${t} ${note}` : String(t));
    chip.type = "button";
    chip.title = `Go to decision ${t}${note ? `: ${note}` : ""}`;
    chip.classList.toggle("here", t === this.t);
    chip.onclick = () => this.actions.seek(t);
    return chip;
  }
}
