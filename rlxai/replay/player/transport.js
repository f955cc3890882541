// Transport buttons: play, steps, jumps, loop and speed.
import { button, element, fillSelect, name, setText } from "./dom.js";

export const SPEEDS = [[1, "1/s"], [4, "4/s"], [7.5, "½×"], [15, "1× (60 Hz)"], [30, "2×"], [60, "4×"], [120, "8×"], [240, "16×"]];

const ICONS = {
  start: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M12 3v10L5 8z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M4 3v10l7-5z",
  end: "M11 3h2v10h-2zM3 3v10l7-5z",
  event: "M8 2l5 6-5 6v-4H3V6h5z M13.5 3h1v10h-1z",
  loop: "M4 5h6V3l4 3-4 3V7H5v3H3V6a1 1 0 0 1 1-1zM12 11H6v2l-4-3 4-3v2h5V6h2v4a1 1 0 0 1-1 1z",
};

export class Transport {
  // refs: buttons, jump, loop, goto, of, speed
  constructor(refs, player) {
    this.refs = refs;
    this.play = button("Play (space)", ICONS.play, () => player.toggle());
    this.play.classList.add("play");
    refs.buttons.replaceChildren(
      button("First decision (home)", ICONS.start, () => player.seek(player.head.first)),
      button("Decision before (←)", ICONS.back, () => player.step(-1)),
      this.play,
      button("Next decision (→)", ICONS.next, () => player.step(1)),
      button("Last decision (end)", ICONS.end, () => player.seek(player.head.last)),
    );
    this.kind = element("select", "kind");
    this.kind.setAttribute("aria-label", "Where the jump buttons lead");
    this.kind.onchange = () => {
      player.jumpKind = this.kind.value;
      this.kind.blur();
    };
    const before = button("Jump back (,)", ICONS.event, () => player.jump(-1));
    before.classList.add("mirrored");
    refs.jump.replaceChildren(before, this.kind, button("Jump ahead (.)", ICONS.event, () => player.jump(1)));
    this.from = textButton("A", "Loop from here (i)", () => player.loopFrom());
    this.to = textButton("B", "Loop to here (o)", () => player.loopTo());
    this.loop = button("Loop", ICONS.loop, () => player.setLoop(null));
    this.range = element("span", "of");
    refs.loop.replaceChildren(this.loop, this.from, this.to, this.range);
    fillSelect(refs.speed, SPEEDS, player.head.speed);
    refs.speed.onchange = () => {
      player.setSpeed(Number(refs.speed.value));
      refs.speed.blur();
    };
    refs.goto.onchange = () => {
      player.seek(Number(refs.goto.value));
      refs.goto.blur();
    };
  }

  playing(on) {
    name(this.play, on ? "Pause (space)" : "Play (space)");
    this.play.querySelector("path").setAttribute("d", on ? ICONS.pause : ICONS.play);
  }

  // kinds: [[kind, label]] of moments to jump to.
  update({ kinds, kind, loop, speed, first, last }) {
    const { refs } = this;
    fillSelect(this.kind, kinds, kinds.some(([name]) => name === kind) ? kind : "event");
    setText(this.range, loop ? `${loop[0]}–${loop[1]}` : "");
    name(this.loop, loop ? "Play on without the loop (x)" : "Loop: set A and B");
    this.loop.disabled = !loop;
    this.loop.classList.toggle("on", Boolean(loop));
    const speeds = SPEEDS.some(([value]) => value === speed) ? SPEEDS : [...SPEEDS, [speed, `${speed}/s`]];
    fillSelect(refs.speed, speeds, speed);
    Object.assign(refs.goto, { min: first, max: last });
    setText(refs.of, first ? `${first}–${last}` : `/ ${last}`);
  }
}

function textButton(text, label, onclick) {
  const node = element("button", "icon", text);
  node.type = "button";
  name(node, label);
  node.onclick = onclick;
  node.onmousedown = (event) => event.preventDefault();
  return node;
}
