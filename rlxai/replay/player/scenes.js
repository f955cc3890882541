// What each panel shows, put together: its game, how far that is ahead of the leading one, its maps, its timeline.
import { inStep } from "./aligned.js";

// { lead: the game whose time is shown, scenes: [{ panel, game, offset, source, table, about }], kinds: of their events,
//   ready: whether all timelines of games are there }
export function stageOf(choice, library) {
  const own = choice.sync === "own";
  const games = choice.games.map((game) => Object.assign(library.game(game), { step: game.step }));
  const aligned = inStep(games.map((game) => ({ decisions: game.decisions, events: game.episode?.meta.events })), choice.align);
  const ready = games.every((game) => game.episode);
  const scenes = choice.panels.map((panel, i) => {
    const source = choice.source(panel);
    const about = own && ready && aligned.without.includes(i) ? "no such event: from the start" : "";
    return { panel, source, about, game: games[i], offset: own ? aligned.offsets[i] : 0, table: library.table(source) };
  });
  library.keepOnly(new Set([...games.map(({ path }) => path), ...scenes.filter(({ source }) => source).map(({ source }) => library.tablePath(source))]));
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
  const state = library.state(paths);
  // What comes next must not be in the way of what is to be seen now.
  if (!state.waiting) scenes.forEach(({ game, source }, i) => times[i] !== null && game.prefetch(times[i], source));
  return { times, shown, state };
}
