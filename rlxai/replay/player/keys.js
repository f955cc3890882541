// Keys: each does what a button or option does.
import { element } from "./dom.js";

const HELP = [
  ["space", "play or pause"], ["← →", "one decision"], ["shift ← →", "ten decisions"], ["home end", "first, last decision"],
  [", .", "jump back, jump ahead"], ["[ ]", "slower, faster"], ["i o x", "loop from here, to here, no loop"],
  ["b", "bookmark, or remove it"], ["g", "go to a decision"], ["m", "next method"], ["c", "next colour map"],
  ["d", "dim the game"], ["s", "smooth the maps"], ["+", "add a panel"], ["v", "compare snapshots, methods, targets"],
  ["l", "copy a link to this view"], ["?", "this help"],
];
const NOTES = [
  "R is the relevance of each pixel, summed over the stacked frames. A decision is 4 emulator frames; 15 decisions a second are the game's own speed.",
  "Colour says how strong and of which sign R is, up to the scale under each panel. Maps that are never negative have colours of their own.",
  "Hold the pointer over a panel to see the object and R there.",
];

export function buildHelp(dialog) {
  const list = element("dl");
  for (const [keys, what] of HELP) list.append(element("dt", "", keys), element("dd", "", what));
  const close = element("button", "", "Close");
  close.type = "button";
  close.onclick = () => dialog.close();
  dialog.replaceChildren(element("h4", "", "Keys"), list, ...NOTES.map((note) => element("p", "note", note)), close);
}

// Returns whether the key was one of the player's.
export function onKey(event, player) {
  const target = event.composedPath()[0];
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target instanceof Element && target.closest("input:not([type=range], [type=checkbox]), select, textarea, [contenteditable], dialog[open]")) return false;
  const far = event.shiftKey ? 10 : 1;
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: () => player.step(-far),
    ArrowRight: () => player.step(far),
    ",": () => player.jump(-1),
    ".": () => player.jump(1),
    Home: () => player.seek(player.head.first),
    End: () => player.seek(player.head.last),
    "[": () => player.changeSpeed(-1),
    "]": () => player.changeSpeed(1),
    i: () => player.loopFrom(),
    o: () => player.loopTo(),
    x: () => player.setLoop(null),
    b: () => player.bookmarks.toggle(),
    g: () => player.refs.goto.select(),
    m: () => player.nextMethod(),
    c: () => player.nextColours(),
    d: () => player.setOptions({ dim: !player.options.dim }),
    s: () => player.setOptions({ smooth: !player.options.smooth }),
    "+": () => player.actions.add(),
    v: () => player.nextView(),
    l: () => player.copyLink(),
    "?": () => player.help(),
  };
  if (event.key === " " && target instanceof Element && target.closest("button, a, [role=tab], [type=checkbox]")) return false;
  const action = actions[event.key];
  if (action) action();
  return Boolean(action);
}
