// What the player tells the page around it, and the link to the present view.
import { format } from "./address.js";

const REPORT_MS = 250;

export class Reporter {
  // report(name, value): Python, or a page without one. The view is told only when it has come to rest.
  constructor(view) {
    this.view = view;
  }

  announce(report, playing) {
    clearTimeout(this.waiting);
    if (playing) return;
    this.waiting = setTimeout(() => {
      const view = this.view();
      const value = { address: format(view), t: view.t, panels: view.panels, marks: view.marks };
      const key = JSON.stringify(value);
      if (key === this.told) return;
      this.told = key;
      report("view", value);
    }, REPORT_MS);
  }

  stop() { clearTimeout(this.waiting); }
}

// place: { run, episode } for a dashboard's address, or nothing for a page of its own, whose view stands after "#".
export function linkTo(view, place, location = window.location) {
  const page = location.href.split(/[?#]/)[0];
  const base = place ? page.replace(/[^/]*$/, "") : page; // the replay is the dashboard's first page, at its root
  const words = new URLSearchParams({ ...place, ...format(view) });
  return place ? `${base}?${words}` : `${base}#${words}`;
}

// Without a secure page there is no clipboard: the old way through a selection still works there.
export async function copyText(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    near.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
