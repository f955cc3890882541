"""A recorded game as if something in it had been different: the same decisions, on edited frames.

Pixels that an edit does not change are the recorded ones; those that it changes are drawn from the edited RAM by the
game's renderer. So an edit that changes nothing gives back the observations bit by bit, whatever the renderer may lack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from rlxai.episodes.episode import Episode
from rlxai.episodes.frames import FrameArray
from rlxai.errors import InvalidValue
from rlxai.games.edit import Edit, GameEdits
from rlxai.games.edits import game_edits
from rlxai.preprocessing import Preprocessing


def edited(episode: Episode, edit: Edit, drawn: FrameArray | None = None) -> Episode:
    """The episode with edited screens and RAM; its planes and masks are then those of the edit.

    What happened stays: actions, rewards and outputs are the recorded ones. It cannot be saved or played on.

    Args:
        episode: the recorded game.
        edit: of this game.
        drawn: grey frames as the renderer draws the recorded RAM, indexed as the screens; None: drawn when needed.

    Raises:
        InvalidValue: the states of this game cannot be edited.
    """
    game = require_edits(episode)
    return replace(episode, screens=_Screens(episode, edit, game, drawn), ram=_Ram(episode.ram, edit))


def require_edits(episode: Episode) -> GameEdits:
    """The edits of an episode's game.

    Raises:
        InvalidValue: its states cannot be edited.
    """
    game = game_edits(episode.recipe.game)
    if game is None:
        raise InvalidValue(f"states of {episode.recipe.game} cannot be edited")
    return game


def edited_observations(episode: Episode, decisions: slice | np.ndarray, edit: Edit) -> np.ndarray:
    """What the agent would have seen; every frame of the stack is edited.

    Args:
        episode: the recorded game.
        decisions: a slice or whole numbers in 0 to T - 1.
        edit: of this game, see `rlxai.games.edits.parse_edit`.

    Returns:
        uint8 (N, C, size, size), as `Episode.observations`.

    Raises:
        InvalidValue: a decision is outside the episode, or the states of this game cannot be edited.
    """
    return stacked(edited(episode, edit).observations(decisions), edit, episode.preprocessing)


def stacked(observations: np.ndarray, edit: Edit, preprocessing: Preprocessing) -> np.ndarray:
    """What an edit makes of the stacks of edited frames, (N, C, size, size), see `Edit.still`."""
    if not edit.still:
        return observations
    newest = observations[:, -1:] if preprocessing.stack_order == "oldest-first" else observations[:, :1]
    return np.repeat(newest, observations.shape[1], axis=1)


@dataclass(frozen=True)
class _Ram:
    """Edited RAM, frame by frame as it is read."""

    recorded: FrameArray
    edit: Edit

    @property
    def shape(self) -> tuple[int, ...]:
        return self.recorded.shape

    def __getitem__(self, index: Any) -> np.ndarray:
        return self.edit.ram(np.asarray(self.recorded[index]))


@dataclass(frozen=True)
class _Screens:
    """Edited screens (palette indices), drawn as they are read; an index must leave whole screens."""

    episode: Episode
    edit: Edit
    game: GameEdits
    drawn: FrameArray | None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.episode.screens.shape

    def __getitem__(self, index: Any) -> np.ndarray:
        screens = np.array(self.episode.screens[index])  # (..., H, W)
        ram = np.asarray(self.episode.ram[index])  # (..., 128)
        changed = self.edit.ram(ram)
        drawn = None if self.drawn is None else self.drawn[index]
        palette = self._palette
        for place in np.ndindex(ram.shape[:-1]):
            if (ram[place] != changed[place]).any():
                before = self.game.render(ram[place]) if drawn is None else drawn[place]
                after = self.game.render(changed[place])
                np.copyto(screens[place], cv2.LUT(after, palette), where=before != after)
            if self.edit.paint:
                grey = self.episode.grey[screens[place]]
                painted = self.edit.paint(grey)
                np.copyto(screens[place], cv2.LUT(painted, palette), where=grey != painted)
        return screens

    @property
    def _palette(self) -> np.ndarray:
        """uint8 (256,): palette index by grey level, the inverse of the episode's table."""
        indices = np.zeros(256, np.uint8)
        indices[self.episode.grey[::-1]] = np.arange(255, -1, -1, dtype=np.uint8)  # the first of equals; 0 is black
        return indices
