// Put into the page before anything else: finds the player as it mounts and times it from outside, as it is.
// The player keeps its instances in a WeakMap by their root element; that is where it is met.
(() => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const isRoot = (key) => key instanceof HTMLElement && key.dataset.ref === "root";
  const { has, set } = WeakMap.prototype;

  const probe = {
    player: null,
    mounted: NaN,
    first: NaN, // when all panels first showed a frame under its map
    ticks: [], // milliseconds of JS in each animation frame
    draws: 0,

    complete() {
      const { player } = probe;
      return Boolean(player?.ready) && !player.dirty && !player.waiting && player.panels.views.every(({ picture }) => picture.key !== undefined);
    },

    // Milliseconds from mounting to the first picture.
    async opened() {
      while (Number.isNaN(probe.first)) await frame();
      return probe.first - probe.mounted;
    },

    // Plays for some seconds. A second: animation frames, pictures drawn, emulator frames passed. gaps: milliseconds between animation frames.
    async play(seconds) {
      const { player } = probe;
      player.play();
      for (let i = 0; i < 30; i++) await frame(); // warm-up
      const [start, draws, from, gaps] = [performance.now(), probe.draws, player.head.frame, []];
      probe.ticks = [];
      for (let last = start; last - start < 1000 * seconds && player.head.playing; ) {
        await frame();
        const now = performance.now();
        gaps.push(now - last);
        last = now;
      }
      const elapsed = (performance.now() - start) / 1000;
      const found = { paints: gaps.length / elapsed, draws: (probe.draws - draws) / elapsed, passed: (player.head.frame - from) / elapsed, gaps, ticks: probe.ticks };
      player.pause();
      return found;
    },

    // Milliseconds until decision t is on the screen with its maps.
    async seek(t) {
      const start = performance.now();
      probe.player.seek(t);
      do await frame(); while (!probe.complete());
      return performance.now() - start;
    },

    // What the cache of chunks counts, in bytes.
    cache() {
      const { bytes, limit, items } = probe.player.library.cache;
      return { bytes, limit, chunks: items.size };
    },
  };
  window.probe = probe;

  WeakMap.prototype.has = function (key) {
    if (Number.isNaN(probe.mounted) && isRoot(key)) probe.mounted = performance.now();
    return has.call(this, key);
  };
  WeakMap.prototype.set = function (key, value) {
    if (isRoot(key) && value?.tick && value !== probe.player) watch(value);
    return set.call(this, key, value);
  };

  function watch(player) {
    probe.player = player;
    const { tick, draw } = player;
    player.tick = (now) => {
      const start = performance.now();
      tick(now);
      probe.ticks.push(performance.now() - start);
    };
    player.draw = (now) => {
      draw.call(player, now);
      probe.draws += 1;
      if (Number.isNaN(probe.first) && probe.complete()) probe.first = performance.now();
    };
  }
})();
