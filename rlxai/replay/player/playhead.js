// Where the replay stands, in emulator frames. Decision t is made at frame t * skip; the frames after it are those
// that it causes.

export class Playhead {
  constructor() {
    this.skip = 4;
    this.decisions = 1;
    this.frame = 0;
    this.speed = 15; // decisions a second; 15 is the emulator's own 60 frames a second
    this.playing = false;
  }

  get decision() {
    return Math.min(this.decisions - 1, Math.floor(this.frame / this.skip));
  }

  get end() {
    return this.decisions * this.skip - 1;
  }

  // Entry and emulator frame on the screen: entry t of an episode holds the frames that lead to decision t, the last
  // of which is what the decision sees.
  get shown() {
    const at = Math.floor(this.frame) + this.skip - 1;
    return [Math.floor(at / this.skip), at % this.skip];
  }

  seek(t) {
    this.frame = Math.max(0, Math.min(this.decisions - 1, Math.round(t))) * this.skip;
  }

  // Returns whether another frame is to be shown.
  advance(milliseconds) {
    const before = Math.floor(this.frame);
    this.frame = Math.min(this.end, this.frame + (milliseconds / 1000) * this.speed * this.skip);
    return Math.floor(this.frame) !== before;
  }

  // The nearest event before (-1) or after (+1) the current decision, or undefined.
  event(events, direction) {
    const times = events.map(([t]) => t);
    return direction > 0 ? times.find((t) => t > this.decision) : times.findLast((t) => t < this.decision);
  }
}
