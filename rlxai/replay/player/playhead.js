// Where the replay stands, in emulator frames. Decision t is made at frame t * skip; the frames after it are those
// that it causes.

export class Playhead {
  constructor() {
    this.skip = 4;
    this.decisions = 1;
    this.last = 0;
    this.first = 0; // a page may hold only a part of the game
    this.frame = 0;
    this.speed = 15; // decisions a second; 15 is the emulator's own 60 frames a second
    this.playing = false;
    this.loop = null; // [first, last] decision
  }

  get decision() {
    return Math.min(this.last, Math.floor(this.frame / this.skip));
  }

  get end() {
    return (this.last + 1) * this.skip - 1;
  }

  // range: [first, last] decision that can be shown, or undefined for the whole game.
  // Called whenever data arrive, also in the middle of a decision while it plays: what can be shown stays shown.
  cover(decisions, skip, range = [0, decisions - 1]) {
    const at = this.frame / this.skip;
    Object.assign(this, { decisions, skip, first: range[0], last: Math.min(range[1], decisions - 1) });
    this.frame = Math.max(this.first * skip, Math.min(this.end, at * skip));
  }

  // Entry and emulator frame on the screen: entry t of an episode holds the frames that lead to decision t, the last
  // of which is what the decision sees. Another game in step is `offset` decisions ahead, and stands still at its ends.
  shown(offset = 0, decisions = this.decisions) {
    const moved = Math.floor(this.frame) + offset * this.skip;
    const at = Math.max(0, Math.min(decisions * this.skip - 1, moved)) + this.skip - 1;
    return [Math.floor(at / this.skip), at % this.skip];
  }

  seek(t) {
    this.frame = Math.max(this.first, Math.min(this.last, Math.round(t))) * this.skip;
  }

  // From the middle of a frame: at its edge every jitter of the browser's clock would show a frame twice and skip one.
  play() {
    this.playing = true;
    this.frame = Math.min(this.end, Math.floor(this.frame) + 0.5);
  }

  // Returns whether another frame is to be shown.
  advance(milliseconds) {
    const before = Math.floor(this.frame);
    let frame = this.frame + (milliseconds / 1000) * this.speed * this.skip;
    if (this.loop) {
      const [from, to] = [this.loop[0] * this.skip, (this.loop[1] + 1) * this.skip];
      if (this.frame >= from && this.frame < to && frame >= to) frame = from + ((frame - to) % (to - from));
    }
    this.frame = Math.min(this.end, frame);
    return Math.floor(this.frame) !== before;
  }
}
