// The NOW column: the values of the current decision as numbers and bars.
import { element, number } from "./dom.js";
import { objectColour } from "./colour.js";
import { actionColour } from "./timeline.js";

const LIFT_RANGE = Math.log(16); // bars reach 1/16 to 16 times chance

export class Now {
  constructor(root) {
    this.root = root;
    this.key = "";
  }

  // layout: { actions, outputs: their heading or "", panels: [letter], objects }; rebuilt only when it changes.
  build(layout) {
    const key = JSON.stringify(layout);
    if (key === this.key) return;
    this.key = key;
    this.headline = element("div", "headline");
    this.action = element("div", "action");
    this.picks = element("div", "action");
    this.letters = layout.panels;
    this.outputs = (layout.outputs ? layout.actions : []).map((name, i) => this.row(name, actionColour(i)));
    this.gap = element("div", "note");
    const lift = element("div", "lift");
    lift.style.setProperty("--panels", layout.panels.length);
    lift.append(element("span", "lift-head", ""), ...layout.panels.map((letter) => element("span", "lift-head", letter)));
    this.lifts = layout.objects.map((name, i) => {
      lift.append(element("span", "name", name));
      return layout.panels.map(() => {
        const cell = element("span", "lift-cell");
        const bar = element("i");
        bar.style.background = objectColour(name, i);
        const text = element("b");
        const track = element("span", "lift-bar");
        track.append(bar);
        cell.append(track, text);
        lift.append(cell);
        return { bar, text };
      });
    });
    this.root.replaceChildren(
      this.headline, this.action, this.picks,
      ...(layout.outputs ? [element("h4", "", layout.outputs)] : []), ...this.outputs.map(({ node }) => node), this.gap,
      ...(layout.objects.length ? [element("h4", "", "Lift: share of |R| ÷ share of area (1 = chance)"), lift] : []),
    );
  }

  row(name, colour) {
    const node = element("div", "q");
    const bar = element("i");
    bar.style.background = colour;
    const text = element("b");
    const track = element("span", "track");
    track.append(bar);
    node.append(element("span", "name", name), track, text);
    return { node, bar, text };
  }

  // tables: the timeline of each panel's attribution, or undefined.
  update(t, { meta, columns }, objects, tables) {
    const [taken, chosen] = [columns.taken[t], columns.chosen[t]];
    const outputs = this.outputs.map((_, i) => columns[`output_${i}`][t]);
    const seconds = ((t * meta.skip) / 60).toFixed(1);
    this.headline.textContent = `t ${t} · ${seconds} s · lives ${columns.lives[t]} · score ${t ? columns.score[t - 1] : 0}`;
    const greedy = taken === chosen ? "greedy" : `greedy would be ${meta.actions[chosen]}`;
    this.action.textContent = `action ${meta.actions[taken]} (${greedy})`;
    this.showPicks(tables.map((table) => best(table, t, meta.actions)));
    this.showOutputs(outputs, chosen);
    this.showLifts(objects.map((name) => tables.map((table) => table?.columns[`lift_${name}`]?.[t] ?? NaN)));
  }

  // What each explained snapshot would press here; null where its outputs are not known.
  showPicks(names) {
    const known = names.map((name, i) => name && `${this.letters[i]} would press ${name}`).filter(Boolean);
    const disagree = new Set(names.filter(Boolean)).size > 1;
    this.picks.textContent = known.join(" · ") + (disagree ? " ← they disagree" : "");
    this.picks.classList.toggle("disagree", disagree);
  }

  showOutputs(outputs, chosen) {
    const low = Math.min(...outputs);
    const high = Math.max(...outputs);
    const sorted = [...outputs].sort((a, b) => b - a);
    this.outputs.forEach(({ node, bar, text }, i) => {
      // The smallest output keeps a short bar: the differences are what decides, not the common value.
      bar.style.width = `${high > low ? 8 + (92 * (outputs[i] - low)) / (high - low) : 100}%`;
      text.textContent = number(outputs[i], 4);
      node.classList.toggle("chosen", i === chosen);
    });
    this.gap.textContent = sorted.length > 1 ? `gap to second ${number(sorted[0] - sorted[1], 2)}; bars span smallest to largest` : "";
  }

  showLifts(lifts) {
    this.lifts.forEach((cells, object) => cells.forEach(({ bar, text }, panel) => {
      const value = lifts[object][panel];
      const length = Number.isFinite(value) ? Math.max(-1, Math.min(1, Math.log(Math.max(value, 1e-9)) / LIFT_RANGE)) : 0;
      bar.style.left = `${50 + Math.min(0, length) * 50}%`;
      bar.style.width = `${Math.abs(length) * 50}%`;
      text.textContent = times(value);
    }));
  }
}

function best(table, t, actions) {
  const outputs = actions.map((_, i) => table?.columns[`output_${i}`]?.[t]);
  return outputs.includes(undefined) ? null : actions[outputs.indexOf(Math.max(...outputs))];
}

function times(lift) {
  if (!Number.isFinite(lift)) return "–";
  return lift > 0 && lift < 0.01 ? "<0.01×" : `${number(lift, 2)}×`;
}
