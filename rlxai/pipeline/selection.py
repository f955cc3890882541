"""Chosen decisions of recorded games: which, and walking through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from rlxai.episodes import Episode, load_episode
from rlxai.preprocessing import Preprocessing
from rlxai.store import Run

States = Literal["common", "own"]
Selection = tuple[tuple[str, tuple[int, ...]], ...]
"""States to look at: (episode task, decisions) pairs."""

BATCH = 64
"""Decisions looked at together: bounds memory whatever their number."""


def spread(episodes: list[tuple[str, int]], states: int, *, skip: int) -> Selection:
    """About `states` decisions, the same number from each episode, evenly spaced from beginning to end.

    Args:
        episodes: (task, decisions in it).
        states: how many in all, at least one per episode.
        skip: decisions left out at the start, whose stacks hold planes from before the game.
    """
    each = max(1, states // max(1, len(episodes)))
    return tuple(
        (task, tuple(int(t) for t in np.unique(np.linspace(min(skip, length - 1), length - 1, each).round())))
        for task, length in episodes
    )


def count(selection: Selection) -> int:
    """How many decisions are chosen."""
    return sum(len(decisions) for _, decisions in selection)


def batches(run: Run, selection: Selection, preprocessing: Preprocessing) -> Iterator[tuple[str, Episode, np.ndarray]]:
    """(Episode task, episode as seen with this preprocessing, up to 64 of its chosen decisions), in order.

    Raises:
        RunError: an episode is missing or damaged.
    """
    for task, decisions in selection:
        episode = load_episode(run.commit("episode", task).folder).seen_by(preprocessing)
        for part in parts(decisions):
            yield task, episode, part


def parts(decisions: tuple[int, ...] | np.ndarray) -> Iterator[np.ndarray]:
    """Decisions, 64 at a time."""
    return (np.array(decisions[start : start + BATCH]) for start in range(0, len(decisions), BATCH))
