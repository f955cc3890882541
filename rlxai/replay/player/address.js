// The view in the words of a link, and back. Only what differs from the usual is said.

export const VIEWS = ["snapshots", "methods", "targets", "free"];
export const SCALES = ["episode", "shared", "running", "frame"];
export const USUAL = {
  view: "", sync: "same", align: "start", zoom: null, loop: null, query: "", cmap: "blue-orange", scale: "episode",
  opacity: 0.85, threshold: 0, dim: true, smooth: false, speed: 15, marks: [],
};
export const MOST_PANELS = 10;
const MOST_MARKS = 100;
const LONGEST = 500; // characters of a query or note

const range = (text) => {
  const found = /^(\d{1,9})-(\d{1,9})$/.exec(text);
  return found && Number(found[1]) <= Number(found[2]) ? [Number(found[1]), Number(found[2])] : undefined;
};
const among = (values) => (text) => (values.includes(text) ? text : undefined);
const within = (low, high) => (text) => {
  const value = Number(text);
  return text.trim() !== "" && value >= low && value <= high ? value : undefined;
};
const flag = (text) => (text === "0" ? false : text === "1" ? true : undefined);
const plain = (text) => text.slice(0, LONGEST);

const READ = {
  t: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  p: panels,
  view: among(VIEWS),
  sync: among(["same", "own"]),
  align: plain,
  zoom: range,
  loop: range,
  query: plain,
  cmap: plain,
  scale: among(SCALES),
  opacity: within(0, 1),
  threshold: within(0, 1),
  dim: flag,
  smooth: flag,
  speed: within(0.1, 1000),
  marks: bookmarks,
};

// words: { name: text }. What is unknown or makes no sense is passed over, since links are typed and old ones stay.
export function parse(words) {
  const view = { ...USUAL, t: 0, panels: [] };
  for (const [name, read] of Object.entries(READ)) {
    const value = typeof words[name] === "string" ? read(words[name]) : undefined;
    if (value !== undefined) view[name === "p" ? "panels" : name] = value;
  }
  return view;
}

export function format(view) {
  const words = {
    t: String(view.t),
    p: view.panels.map(({ step, method, target }) => `${step ?? ""},${method},${target}`).join(";"),
    marks: view.marks.map(({ t, note }) => (note ? `${t}:${encodeURIComponent(note)}` : String(t))).join(";"),
  };
  for (const [name, usual] of Object.entries(USUAL)) {
    const value = view[name];
    if (name in words || value === null || value === usual) continue;
    words[name] = Array.isArray(value) ? value.join("-") : typeof value === "boolean" ? String(Number(value)) : String(value);
  }
  return Object.fromEntries(Object.entries(words).filter(([, text]) => text !== ""));
}

// "100000,lrp-epsilon-plus-flat,advantage;…"; a missing part means the usual one.
function panels(text) {
  return text.split(";").slice(0, MOST_PANELS).map((part) => {
    const [step = "", method = "", target = ""] = part.split(",");
    return { step: /^\d{1,12}$/.test(step) ? Number(step) : null, method, target };
  });
}

function bookmarks(text) {
  const found = new Map();
  for (const part of text.split(";").slice(0, MOST_MARKS)) {
    const [t, ...rest] = part.split(":");
    if (/^\d{1,9}$/.test(t)) found.set(Number(t), decoded(rest.join(":")).slice(0, LONGEST));
  }
  return [...found].map(([t, note]) => ({ t, note })).sort((a, b) => a.t - b.t);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
