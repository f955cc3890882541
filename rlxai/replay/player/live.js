// A run that is still in training: asks now and then whether there is more to show, but never while playing.

const EVERY_MS = 10_000;

export class Live {
  // ask() -> Promise<text>; quiet(): whether this is a good moment; changed(text): the run has another state now.
  constructor({ ask, quiet, changed, every = EVERY_MS }) {
    this.timer = setInterval(async () => {
      if (document.hidden || !quiet()) return;
      const state = await ask().catch(() => undefined); // a server that is gone is said where data is needed
      if (state !== undefined && state !== this.known && state !== this.told) {
        this.told = state;
        changed(state);
      }
    }, every);
  }

  stop() { clearInterval(this.timer); }
}
