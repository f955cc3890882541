"""Which snapshots play on from which recorded games."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rlxai.pipeline.selection import States
from rlxai.pipeline.strategy.interventions_plan import require_game_edits
from rlxai.pipeline.strategy.rollouts import RolloutTask
from rlxai.store import SnapshotRef

COMMON, OWN, RANDOMS = 12, 6, 2


def plan_rollouts(
    snapshots: Sequence[SnapshotRef],
    game: str,
    common: Sequence[str],
    own: Mapping[int, Sequence[str]],
    *,
    starts: int = COMMON,
    own_starts: int = OWN,
    randoms: int = RANDOMS,
) -> list[RolloutTask]:
    """Rallies in recorded games, for everything that can be aimed at in the game.

    Args:
        snapshots: who plays on; of one architecture, so that random networks play common rallies once.
        game: ALE name.
        common: tasks of the episodes that all snapshots play on from.
        own: step -> tasks of the snapshot's own episodes.
        starts: in all common games together.
        own_starts: in all games of a snapshot together.
        randoms: random networks that play the common rallies.

    Raises:
        RunError: states of the game cannot be edited.
    """
    shared = _share(common, starts)

    def task(
        s: SnapshotRef, aim: str, states: States, chosen: tuple[tuple[str, int], ...], randoms: int
    ) -> RolloutTask:
        return RolloutTask(s.step, s.sha256, states, chosen, aim, randoms=randoms)

    tasks = []
    for aim in require_game_edits(game).aims:
        tasks += [task(s, aim, "common", shared, 0 if index else randoms) for index, s in enumerate(snapshots)]
        tasks += [task(s, aim, "own", _share(own[s.step], own_starts), 0) for s in snapshots if s.step in own]
    return [task for task in tasks if task.starts]


def _share(games: Sequence[str], total: int) -> tuple[tuple[str, int], ...]:
    """`total` starts over games as evenly as can be; where there are more games, over that many, from first to last."""
    each = np.diff(np.linspace(0, total, len(games) + 1).round().astype(int))
    return tuple((game, int(count)) for game, count in zip(games, each, strict=True) if count)
