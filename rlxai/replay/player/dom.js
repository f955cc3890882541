// Small helpers for building elements. Text from data goes in through textContent only.

const SVG = "http://www.w3.org/2000/svg";

export function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== "") node.textContent = text;
  return node;
}

export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export function button(label, path, onclick) {
  const node = element("button", "icon");
  node.type = "button";
  name(node, label);
  node.append(icon(path));
  node.onclick = onclick;
  node.onmousedown = (event) => event.preventDefault(); // a mouse click must not take the space key from play
  return node;
}

// Label of a button, "Play (space)": the key in brackets is for the eye only.
export function name(node, label) {
  node.title = label;
  node.setAttribute("aria-label", label.replace(/ \(.*\)$/, ""));
}

// options: [[value, label]]; the node is left alone where nothing changed, so that an open list stays open.
export function fillSelect(select, options, value) {
  const key = JSON.stringify(options);
  if (select.dataset.options !== key) {
    select.dataset.options = key;
    select.replaceChildren(
      ...options.map(([id, label]) => {
        const option = element("option", "", label);
        option.value = String(id);
        return option;
      }),
    );
  }
  select.value = String(value);
}

// Writing the same text again would still make the browser lay the page out.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
}

export function steps(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(3))}M`;
  return value >= 1e3 ? `${Number((value / 1e3).toFixed(1))}k` : String(value);
}
