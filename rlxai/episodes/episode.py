"""A recorded game: what was on the screen, in RAM and in the agent's view, rendered where it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rlxai.episodes.frames import FrameArray
from rlxai.episodes.observe import make_plane, pooled_frames, stacked_entries
from rlxai.episodes.recipe import Recipe
from rlxai.errors import InvalidValue
from rlxai.games import GameObjects, game_objects
from rlxai.preprocessing import Preprocessing

End = Literal["game over", "cap", "stalled"]
_BLOCK = 64
"""Entries read at once: bounds memory whatever the number of planes asked for."""


@dataclass(eq=False)
class Episode:
    """One game of T decisions. Entry 0 of the frames is the start of the game, entry t + 1 what decision t led to."""

    recipe: Recipe
    preprocessing: Preprocessing
    """Of the agent that played."""
    actions: tuple[str, ...]
    """Names of the agent's A actions."""
    screens: FrameArray
    """uint8 (T + 1, skip, H, W) palette indices, H x W mostly 210 x 160. Compressed: take slices, never the whole."""
    ram: FrameArray
    """uint8 (T + 1, skip, 128), likewise."""
    palette: np.ndarray
    """uint8 (256, 3): RGB by palette index."""
    grey: np.ndarray
    """uint8 (256,): grey level by palette index, the emulator's own."""
    hashes: np.ndarray
    """uint64 (T + 1,): of screens and RAM of each entry."""
    chosen: np.ndarray
    """int64 (T,): the agent's best action."""
    taken: np.ndarray
    """int64 (T,): what was pressed, which differs by exploration and forced FIRE.

    Where FIRE was forced on an agent that has no such action, it is `chosen`; `recipe.actions` has the truth."""
    rewards: np.ndarray
    """float32 (T,): unclipped."""
    lives: np.ndarray
    """int64 (T + 1,)."""
    outputs: np.ndarray
    """float32 (T, A): network outputs; (T, 0) for players without a network."""
    end: End
    message: str
    """One sentence on why the episode is not a whole game; empty if it is."""

    @property
    def decisions(self) -> int:
        """T."""
        return len(self.rewards)

    @property
    def score(self) -> float:
        """Sum of the unclipped rewards."""
        return float(self.rewards.sum())

    def seen_by(self, preprocessing: Preprocessing) -> Episode:
        """The same game as another agent would have seen it.

        Raises:
            InvalidValue: that agent decides at another pace, so that its decisions are not these.
        """
        if preprocessing.frame_skip != self.preprocessing.frame_skip:
            raise InvalidValue(
                f"the game was played with {self.preprocessing.frame_skip} frames per decision, the agent to explain "
                f"uses {preprocessing.frame_skip}; give it a game of its own"
            )
        return replace(self, preprocessing=preprocessing)

    @property
    def mask_names(self) -> tuple[str, ...]:
        """Names of the K object masks; empty where the game's objects are not known."""
        objects = self._objects
        return objects.names if objects else ()

    def planes(self, start: int, stop: int) -> np.ndarray:
        """Planes of entries start to stop - 1.

        Returns:
            uint8 (stop - start, size, size).

        Raises:
            InvalidValue: the range is not within 0 to T + 1.
        """
        if not 0 <= start <= stop <= self.decisions + 1:
            raise InvalidValue(f"planes go from 0 to {self.decisions + 1}, met {start} to {stop}")
        size = self.preprocessing.size
        planes = np.empty((stop - start, size, size), np.uint8)
        for block in range(start, stop, _BLOCK):
            pairs = pooled_frames(self.screens, block, min(block + _BLOCK, stop), self.preprocessing.pooling)
            for offset, pair in enumerate(pairs):
                planes[block + offset - start] = make_plane(pair, self.grey, self.palette, self.preprocessing)
        return planes

    def observations(self, decisions: slice | np.ndarray) -> np.ndarray:
        """What the agent saw: decision t sees planes t - C + 1 to t.

        Planes before the game are zero; the preprocessing can say otherwise of them, and of those before a lost life.

        Args:
            decisions: a slice or whole numbers in 0 to T - 1.

        Returns:
            uint8 (N, C, size, size), bit-equal to the observations of the recording.

        Raises:
            InvalidValue: a decision is outside the episode.
        """
        size = self.preprocessing.size
        return self._stacked(self._entries(decisions), self.planes, np.empty((0, size, size), np.uint8))

    def masks(self, decisions: slice | np.ndarray) -> np.ndarray | None:
        """Where the game's objects are in each stacked plane of an observation.

        Args:
            decisions: a slice or whole numbers in 0 to T - 1.

        Returns:
            float32 (N, C, K, size, size) in [0, 1]: share of each cell that the object covers in either of the frames
            that the plane is made of, zero for planes that are zero; None where the game's objects are not known.

        Raises:
            InvalidValue: a decision is outside the episode.
        """
        objects = self._objects
        if objects is None:
            return None
        size = self.preprocessing.size
        none = np.empty((0, len(objects.names), size, size), np.float32)

        entries = self._entries(decisions)
        first, last = (int(entries.clip(0).min()), int(entries.max())) if entries.size else (0, 0)
        pairs = pooled_frames(self.ram, first, last + 1, self.preprocessing.pooling)  # one read beats many

        def read(start: int, stop: int) -> np.ndarray:
            return np.stack([objects.masks(pair, size) for pair in pairs[start - first : stop - first]])

        return self._stacked(entries, read, none)

    @property
    def _objects(self) -> GameObjects | None:
        return game_objects(self.recipe.game)

    def _stacked(self, entries: np.ndarray, read: Callable[[int, int], np.ndarray], none: np.ndarray) -> np.ndarray:
        """Values of each plane of each observation: (N, C, ...), in the agent's stack order, read once per entry."""
        shown, where = np.unique(np.maximum(entries, 0), return_inverse=True)
        runs = np.split(shown, np.flatnonzero(np.diff(shown) != 1) + 1)  # of consecutive entries
        values = np.concatenate([none, *(read(int(run[0]), int(run[-1]) + 1) for run in runs if len(run))])
        stacked = values[where.reshape(entries.shape)]
        stacked[entries < 0] = 0
        return stacked if self.preprocessing.stack_order == "oldest-first" else stacked[:, ::-1]

    def _entries(self, decisions: slice | np.ndarray) -> np.ndarray:
        return stacked_entries(self._indices(decisions), self.lives, self.recipe.opening, self.preprocessing)

    def _indices(self, decisions: slice | np.ndarray) -> np.ndarray:
        if isinstance(decisions, slice):
            return np.arange(self.decisions)[decisions]
        chosen = np.asarray(decisions, np.int64).reshape(-1)
        if len(chosen) and (chosen.min() < 0 or chosen.max() >= self.decisions):
            raise InvalidValue(f"decisions go from 0 to {self.decisions - 1}, met {chosen.min()} to {chosen.max()}")
        return chosen
