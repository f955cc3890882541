// What is chosen to be shown: snapshots of the panels, method, target; and the maps that belong to it.

export class Choice {
  // maps: [{ task, step, method, target, signed, scale }]; start: { a, b, method, target }
  constructor(maps, snapshots, start) {
    this.snapshots = snapshots;
    this.maps = maps;
    const { a, b, method, target } = start;
    Object.assign(this, { a, b, method, target });
  }

  // Snapshot of each panel; null is an empty panel. With one snapshot there is nothing to compare, so one panel.
  get steps() {
    return this.snapshots.length < 2 ? [this.a] : [this.a, this.b];
  }

  get methods() {
    return [...new Set(this.maps.map(({ method }) => method))];
  }

  get targets() {
    return [...new Set(this.maps.filter(({ method }) => method === this.method).map(({ target }) => target))];
  }

  // The maps of each panel, null where there are none.
  get sources() {
    const { method, target } = this;
    return this.steps.map((step) => this.maps.find((map) => map.step === step && map.method === method && map.target === target) ?? null);
  }

  change(values) {
    Object.assign(this, values);
    if (this.targets.length && !this.targets.includes(this.target)) [this.target] = this.targets;
  }

  nextMethod() {
    const { methods } = this;
    if (methods.length) this.change({ method: methods[(methods.indexOf(this.method) + 1) % methods.length] });
  }

  // Relevance of full colour in panel i: of its episode, the largest of all panels, or of this decision alone.
  scale(i, mode, mapScale) {
    const source = this.sources[i];
    if (!source) return NaN;
    if (mode === "frame") return mapScale ?? NaN;
    if (mode === "shared") return Math.max(...this.sources.filter(Boolean).map(({ scale }) => scale));
    return source.scale;
  }
}
