// What each panel shows, put together: its game, how far that is ahead of the leading one, its maps, its timeline.
import { inStep } from "./aligned.js";

// { lead: the game whose time is shown, scenes: [{ panel, game, offset, source, table, about }], kinds: of their events,
//   ready: whether the timelines of games are there that are needed to show them }
export function stageOf(choice, library) {
  const own = choice.sync === "own";
  const games = choice.games.map((game) => Object.assign(library.game(game), { step: game.step }));
  const aligned = inStep(games.map((game) => ({ decisions: game.decisions, events: game.episode?.meta.events })), choice.align);
  if (own) games.forEach((game) => library.timeline(game.playedPath)); // events keep own play in step
  const ready = games.every((game) => game.episode && (game.told || !own));
  const scenes = choice.panels.map((panel, i) => {
    const source = choice.source(panel);
    const about = own && ready && aligned.without.includes(i) ? "no such event: from the start" : "";
    return { panel, source, about, game: games[i], offset: own ? aligned.offsets[i] : 0, table: library.table(source) };
  });
  library.keepOnly(new Set([...games.flatMap(({ path, playedPath }) => [path, playedPath]), ...scenes.filter(({ source }) => source).map(({ source }) => library.tablePath(source))]));
  const kinds = [...new Set(games.flatMap((game) => (game.episode?.meta.events ?? []).map(([, kind]) => kind)))];
  return { lead: games[own ? aligned.lead : 0], scenes, kinds, ready };
}

// Decision of a panel while the leading game is at t; null where the panel's game has ended or not begun.
export function timeIn({ game, offset }, t) {
  return t + offset >= 0 && t + offset < game.decisions ? t + offset : null;
}

// What is on the screen of each panel, and whether it has arrived: { times, shown: [{ frame, map }], state }.
export function shownAt(scenes, head, library) {
  const times = scenes.map((scene) => timeIn(scene, head.decision));
  const paths = [];
  const shown = scenes.map(({ game, offset, source }, i) => {
    const [entry, sub] = head.shown(offset, game.decisions);
    paths.push(game.framesPath(entry));
    if (source && times[i] !== null) paths.push(game.mapsPath(source, times[i]));
    return { frame: game.frame(entry, sub), map: times[i] === null ? undefined : game.map(source, times[i]) };
  });
  const state = library.state(paths, scenes.map(({ game }) => game.playedPath));
  // What comes next must not be in the way of what is to be seen now.
  if (!state.waiting) {
    scenes.forEach(({ game, source }, i) => {
      library.timeline(game.playedPath);
      if (source) library.timeline(library.tablePath(source));
      if (times[i] !== null) game.prefetch(times[i], source);
    });
  }
  return { times, shown, state };
}
