// Transport buttons and keys: each key does what a button or option does.
import { button, element } from "./dom.js";

export const SPEEDS = [[1, "1/s"], [4, "4/s"], [7.5, "½×"], [15, "1× (60 Hz)"], [30, "2×"], [60, "4×"], [240, "16×"]];

const ICONS = {
  start: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M12 3v10L5 8z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M4 3v10l7-5z",
  end: "M11 3h2v10h-2zM3 3v10l7-5z",
  event: "M8 2l5 6-5 6v-4H3V6h5z M13.5 3h1v10h-1z",
};

const HELP = [
  ["space", "play or pause"], ["← →", "one decision"], ["shift ← →", "ten decisions"], [", .", "event before, next event"],
  ["home end", "first, last decision"], ["m", "next method"], ["d", "dim the game"], ["?", "this help"],
];

export function buildTransport(place, player) {
  const play = button("Play (space)", ICONS.play, () => player.toggle());
  const mirrored = button("Event before (,)", ICONS.event, () => player.jump(-1));
  mirrored.classList.add("mirrored");
  place.replaceChildren(
    button("First decision (home)", ICONS.start, () => player.seek(0)),
    mirrored,
    button("Decision before (←)", ICONS.back, () => player.step(-1)),
    play,
    button("Next decision (→)", ICONS.next, () => player.step(1)),
    button("Next event (.)", ICONS.event, () => player.jump(1)),
    button("Last decision (end)", ICONS.end, () => player.seek(player.head.decisions - 1)),
  );
  return (playing) => {
    play.title = playing ? "Pause (space)" : "Play (space)";
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    play.querySelector("path").setAttribute("d", playing ? ICONS.pause : ICONS.play);
  };
}

export function buildHelp(dialog) {
  const list = element("dl");
  for (const [keys, what] of HELP) list.append(element("dt", "", keys), element("dd", "", what));
  const close = element("button", "", "Close");
  close.type = "button";
  close.onclick = () => dialog.close();
  dialog.replaceChildren(element("h4", "", "Keys"), list, close);
}

// Returns whether the key was one of the player's.
export function onKey(event, player) {
  const target = event.composedPath()[0];
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target instanceof Element && target.closest("input, select, textarea, [contenteditable], dialog[open]")) return false;
  const far = event.shiftKey ? 10 : 1;
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: () => player.step(-far),
    ArrowRight: () => player.step(far),
    ",": () => player.jump(-1),
    ".": () => player.jump(1),
    Home: () => player.seek(0),
    End: () => player.seek(player.head.decisions - 1),
    m: () => player.nextMethod(),
    d: () => player.toggleDim(),
    "?": () => player.help(),
  };
  if (event.key === " " && target instanceof Element && target.closest("button, a, [role=tab]")) return false;
  const action = actions[event.key];
  if (action) action();
  return Boolean(action);
}
