// The badge of a map: what the tests of its kind (snapshot, method, target) say, see docs/trust.md.
import { setText } from "./dom.js";

export const SIGNS = { trusted: "✓", "use with care": "~", misleading: "✗", "not tested": "?" };

// Where the dashboard tells how a badge was earned; a page of one file has no such place.
export function trustAddress(base, { step, method, target }) {
  return base ? `trust?${new URLSearchParams({ run: base.split("/").at(-1), step, method, target })}` : "";
}

// link: an element `a`; source: the map shown, or null; address: "" where there is nothing to lead to.
export function showBadge(link, source, address) {
  link.hidden = !source;
  if (!source) return;
  const { badge, why } = source;
  setText(link, `${SIGNS[badge]} ${badge}`);
  if (link.title === why && link.getAttribute("href") === (address || null)) return;
  link.title = why;
  link.dataset.badge = badge;
  link.setAttribute("aria-label", `Badge of this map: ${why}`);
  if (!address) return link.removeAttribute("href");
  Object.assign(link, { target: "_blank", rel: "noopener" });
  link.setAttribute("href", address);
}
