"""How much of a run to look at, and the tasks that do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlxai.attribution import Target, get_method
from rlxai.episodes.scripted import DECISIONS as SCRIPT_DECISIONS
from rlxai.errors import InvalidValue
from rlxai.games.edits import game_edits
from rlxai.pipeline.selection import Selection, States, spread
from rlxai.pipeline.strategy.interventions_plan import plan_interventions
from rlxai.pipeline.strategy.ledger import LedgerTask
from rlxai.pipeline.strategy.rollouts_plan import plan_rollouts
from rlxai.pipeline.strategy.spray import SprayTask
from rlxai.pipeline.task import Task
from rlxai.store import Commit, SnapshotRef
from rlxai.strategy.spray.embedding import require


@dataclass(frozen=True)
class StrategyPlan:
    """How much to look at; with the defaults 12 snapshots take minutes on two cores."""

    method: str = "lrp-epsilon-plus-flat"
    target: str = "advantage"
    games: int = 3
    """Of each snapshot, at least: the units of all intervals. Fewer than 3 support no claim on own play."""
    epsilon: float = 0.01
    """Share of random actions in games that have to be played: without any, all games are much the same."""
    max_decisions: int = 5000
    """A game that has to be played is ended there."""
    states: int = 256
    """Common states in all, and own states of each snapshot."""
    randoms: int = 5
    """Random networks per set of states."""
    shifts: int = 3
    """Draws of the shifted and of the shuffled masks."""
    script: int = SCRIPT_DECISIONS
    """Decisions of each scripted game; together they give half of the common states. 0 for none."""
    scripts: int = 3
    """Scripted games: of one alone, what is rare elsewhere would rest on a single game."""
    clusters: int = 128
    """Own states of each snapshot whose maps are clustered; 0 for no clusters."""
    embedding: str = "tsne"
    """How the clustered maps are laid out in the plane, to look at: tsne, or umap where umap-learn is installed."""
    edits: int = 256
    """Common states that are edited; 0 for no interventions."""
    rollouts: int = 12
    """Common states that are edited and played on from; 0 for none."""
    events: int = 8
    """Events of each kind and game around which relevance is followed; 0 for none."""
    units: int = 64
    """Common states in which single units are looked at; 0 for none."""
    claims: tuple[Path, ...] = ()
    """Files of claims beside the built-in ones."""

    def check(self) -> None:
        """Refuse what cannot be measured before anything is computed.

        Raises:
            InvalidValue: method, target or embedding is unknown or not installed, or a number is outside its domain.
        """
        get_method(self.method)
        Target.parse(self.target)
        require(self.embedding)
        names = ("randoms", "shifts", "script", "scripts", "clusters", "edits", "rollouts", "events", "units")
        rest = {name: getattr(self, name) for name in names}
        if self.states < 1 or self.games < 1 or min(rest.values()) < 0:
            met = ", ".join(f"{name} {value}" for name, value in rest.items())
            raise InvalidValue(
                f"states and games must be at least 1, {', '.join(rest)} at least 0; met states {self.states}, games "
                f"{self.games}, {met}"
            )


def plan_ledgers(
    snapshots: Sequence[SnapshotRef],
    games: Mapping[int, Sequence[Commit]],
    scripted: Sequence[Commit],
    plan: StrategyPlan,
    *,
    skip: int,
) -> list[LedgerTask]:
    """The tasks that put every snapshot on common and on own states, with controls.

    Common states come half from the scripted game, which no agent chose and which reaches open tunnels, and half in
    equal parts from the play of all snapshots; own states come from the snapshot's own play alone. Comparing both
    tells "it looks elsewhere" from "it goes elsewhere".

    Args:
        snapshots: by step.
        games: step -> episodes recorded by that snapshot, at least one.
        scripted: episodes of the scripted player; empty where the game has none.
        plan: method, target, sizes.
        skip: decisions left out at the start of each episode.
    """
    common = common_states(snapshots, games, scripted, plan.states, skip=skip)

    def task(snapshot: SnapshotRef, states: States, selection: Selection, randoms: int) -> LedgerTask:
        return LedgerTask(
            snapshot.step, snapshot.sha256, states, selection, plan.method, plan.target, randoms, plan.shifts
        )

    # All snapshots share one architecture, so the common states need the random networks only once.
    on_common = [task(s, "common", common, 0 if index else plan.randoms) for index, s in enumerate(snapshots)]
    on_own = [task(s, "own", spread(_lengths(games[s.step]), plan.states, skip=skip), plan.randoms) for s in snapshots]
    return on_common + on_own


def common_states(
    snapshots: Sequence[SnapshotRef],
    games: Mapping[int, Sequence[Commit]],
    scripted: Sequence[Commit],
    states: int,
    *,
    skip: int,
) -> Selection:
    """About so many states, half from the scripted games and half in equal parts from the play of all snapshots."""
    neutral = scattered(_lengths(scripted), states // 2, skip=skip) if scripted else ()
    each = max(1, (states - sum(len(decisions) for _, decisions in neutral)) // len(snapshots))
    return neutral + tuple(chosen for s in snapshots for chosen in scattered(_lengths(games[s.step]), each, skip=skip))


def scattered(episodes: Sequence[tuple[str, int]], states: int, *, skip: int) -> Selection:
    """About so many decisions, as many from each episode, and from all parts of a game also where that is one or two.

    Args:
        episodes: (task, decisions in it).
        states: how many in all; at least one per episode.
        skip: decisions left out at the start, whose stacks hold planes from before the game.
    """
    each = max(1, states // max(1, len(episodes)))
    found = []
    for place, (task, length) in enumerate(episodes):
        start = min(skip, length - 1)
        parts = (np.arange(each) + (place + 0.5) / len(episodes)) / each  # in [0, 1), each game's a little later
        found.append((task, tuple(int(t) for t in np.unique(start + (parts * (length - start)).astype(int)))))
    return tuple(found)


def plan_clusters(
    snapshots: Sequence[SnapshotRef], games: Mapping[int, Sequence[Commit]], best: int, plan: StrategyPlan, *, skip: int
) -> list[SprayTask]:
    """Clusters of the maps of all snapshots together, and of those of the best alone, each on own states."""
    if not plan.clusters:
        return []
    selections = {s.step: spread(_lengths(games[s.step]), plan.clusters, skip=skip) for s in snapshots}

    def task(chosen: Sequence[SnapshotRef]) -> SprayTask:
        return SprayTask(
            tuple((s.step, s.sha256) for s in chosen), tuple(selections[s.step] for s in chosen), "own",
            plan.method, plan.target, embedding=plan.embedding,
        )  # fmt: skip

    return [task(snapshots), task([s for s in snapshots if s.step == best])]


def plan_edits(
    game: str,
    snapshots: Sequence[SnapshotRef],
    games: Mapping[int, Sequence[Commit]],
    scripted: Sequence[Commit],
    plan: StrategyPlan,
    *,
    skip: int,
) -> list[Task]:
    """Edits of common states, and games played on from such; none where the game's states cannot be edited."""
    if game_edits(game) is None:
        return []
    tasks: list[Task] = []
    if plan.edits:
        common = common_states(snapshots, games, scripted, plan.edits, skip=skip)
        tasks += plan_interventions(snapshots, game, common, {})
    if plan.rollouts:
        played = [commit.task for commits in (scripted, *games.values()) for commit in commits]
        tasks += plan_rollouts(snapshots, game, played, {}, starts=plan.rollouts)
    return tasks


def _lengths(games: Sequence[Commit]) -> list[tuple[str, int]]:
    return [(commit.task, int(commit.summary["decisions"])) for commit in games]
