"""A few decisions of a recorded game, held in memory to be seen under one edit after another.

Reading the frames and drawing what the renderer makes of them costs as much as the edits; here it is done once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rlxai.episodes.edited import edited, require_edits, stacked
from rlxai.episodes.episode import Episode
from rlxai.episodes.observe import stacked_entries
from rlxai.games.edit import Edit

_POOLED = 2
"""Frames of an entry that planes are made of: its last."""


class Excerpt:
    """Chosen decisions of a game; takes about 400 kB for each, so give some dozens at a time.

    Args:
        episode: of a game whose states can be edited.
        decisions: whole numbers in 0 to T - 1, int64 (N,).

    Raises:
        InvalidValue: a decision is outside the episode, or the states of this game cannot be edited.
    """

    def __init__(self, episode: Episode, decisions: np.ndarray) -> None:
        game = require_edits(episode)
        entries = stacked_entries(decisions, episode.lives, episode.recipe.opening, episode.preprocessing)
        # One more before each: some planes are made of two entries.
        held = np.unique(np.concatenate([entries, entries - 1]).clip(0, episode.decisions))
        position = np.full(episode.decisions + 1, -1)
        position[held] = np.arange(len(held))
        ram = episode.ram[:]
        screens = _read(episode, held)
        drawn = np.stack([[game.render(frame) for frame in ram[entry, -_POOLED:]] for entry in held])
        self._decisions = decisions
        self._episode = replace(episode, screens=_Held(screens, position, episode.screens.shape), ram=ram)
        self._drawn = _Held(drawn, position, episode.screens.shape)

    @property
    def observations(self) -> np.ndarray:
        """What the agent saw, uint8 (N, C, size, size)."""
        return self._episode.observations(self._decisions)

    def under(self, edit: Edit) -> np.ndarray:
        """What it would have seen, as `rlxai.episodes.edited.edited_observations`."""
        observations = edited(self._episode, edit, self._drawn).observations(self._decisions)
        return stacked(observations, edit, self._episode.preprocessing)


def _read(episode: Episode, entries: np.ndarray) -> np.ndarray:
    """The last frames of entries, run by run: uint8 (E, 2, H, W)."""
    runs = np.split(entries, np.flatnonzero(np.diff(entries) != 1) + 1)
    return np.concatenate([episode.screens[int(run[0]) : int(run[-1]) + 1, -_POOLED:] for run in runs])


@dataclass(frozen=True)
class _Held:
    """The last frames of some entries, indexed as those of the whole game."""

    frames: np.ndarray
    position: np.ndarray
    """int64 (T + 1,): where an entry is in `frames`; -1 where it is not."""
    shape: tuple[int, ...]

    def __getitem__(self, index: Any) -> np.ndarray:
        entries, *rest = index if isinstance(index, tuple) else (index,)
        places = self.position[entries]
        if (places < 0).any():
            raise IndexError("the entry is not held")
        found: np.ndarray = self.frames[(places, *rest)]
        return found
