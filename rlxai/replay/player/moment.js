// What is known of one moment, by panel: the parts of the NOW column, whatever the panels show.
import { LETTERS } from "./panels.js";
import { disagreement, networks } from "./timeline.js";

// What the panels' networks say over the whole game, computed once per choice.
// scenes: [{ panel, game, offset, table }], each with its timeline or without; own: in own play the networks see
// different states, so there is nothing to disagree on.
export function outlook(scenes, actions, own) {
  const played = scenes.map(({ panel, game, table }) => table ?? (game.step === panel.step ? game.episode : undefined));
  const groups = networks(played, [...LETTERS], actions);
  return { groups, disagreement: own || groups.length < 2 ? null : disagreement(groups.map(({ best }) => best)) };
}

// What `Now.update` wants; lead: timeline of the leading game; objects: names of those whose lift is shown.
export function told(t, lead, { scenes, times }, { groups, disagreement }, objects, own) {
  const { meta, columns } = lead;
  const at = (i) => times[i] ?? scenes[i].game.decisions - 1;
  return {
    t, skip: meta.skip, lives: columns.lives[t], score: t ? columns.score[t - 1] : 0,
    taken: columns.taken[t], chosen: columns.chosen[t],
    own: own ? scenes.map(({ game }, i) => (times[i] === null ? null : game.episode?.columns.taken[times[i]] ?? null)) : null,
    outputs: groups.map(({ panel, outputs }) => outputs.map((column) => column[at(panel)])),
    disagree: disagreement?.[t] === 1,
    lifts: objects.map((name) => scenes.map(({ table }, i) => table?.columns[`lift_${name}`]?.[at(i)] ?? NaN)),
    clusters: scenes.map(({ table }, i) => clusterName(table, at(i))),
  };
}

// Share of |R| on each stacked frame, oldest first.
export function frameShares(table, t) {
  const columns = table?.columns ?? {};
  const found = [];
  for (let k = 0; columns[`frame_${k}`]; k++) found.push(columns[`frame_${k}`][t]);
  return found;
}

function clusterName(table, t) {
  const cluster = table?.columns.cluster?.[t];
  if (!Number.isFinite(cluster)) return "";
  const name = table.meta.clusters?.names[cluster];
  return name ? `${cluster} (${name})` : String(cluster);
}
