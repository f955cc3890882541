"""What an edit of a game is: another state of it, of which the game and the agent know nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rlxai.errors import InvalidValue

Paint = Callable[[np.ndarray], np.ndarray]
"""Grey screen uint8 (210, 160) -> painted one, of the game's own greys; the argument is left alone."""


def always_kept(ram: np.ndarray) -> str:
    """The game goes on from whatever the edit made; see `Edit.refusal`."""
    return ""


@dataclass(frozen=True)
class Edit:
    """A change of a game's state. `first + second` is one after the other."""

    name: str
    """As `rlxai.games.edits.parse_edit` reads it."""
    ram: Callable[[np.ndarray], np.ndarray]
    """RAM uint8 (..., 128) -> edited RAM of that shape, frame by frame; the argument is left alone."""
    paint: Paint | None = None
    """Of the screen, after the RAM: for what is not in RAM, such as the score line and colours."""
    still: bool = False
    """Every frame of a stack becomes the newest one, so that nothing moves; the rest of the edit comes first."""
    refusal: Callable[[np.ndarray], str] = always_kept
    """RAM uint8 (128,) -> why the game must not be played on after the edit, in one sentence; empty where it may."""

    def __add__(self, other: Edit) -> Edit:
        return Edit(
            f"{self.name} + {other.name}",
            lambda ram: other.ram(self.ram(ram)),
            _in_turn(self.paint, other.paint),
            self.still or other.still,
            lambda ram: self.refusal(ram) or other.refusal(self.ram(ram)),
        )

    def playable(self, ram: np.ndarray) -> np.ndarray:
        """The RAM, uint8 (128,), from which a game may be played on.

        Raises:
            InvalidValue: the game would undo the edit, or it would change the reward.
        """
        if reason := self.refusal(ram):
            raise InvalidValue(f"{self.name} is for observations only: {reason}")
        return self.ram(ram)


IDENTITY = Edit("nothing", np.copy)
"""Changes nothing."""


@dataclass(frozen=True)
class Presence:
    """How to ask what an object is worth to an agent: by edits that put it into states, or take it out of them."""

    edits: tuple[Edit, ...]
    """Several ways of doing so, of which the mean is taken."""
    adds: bool
    """Whether the edits put the object there."""


@dataclass(frozen=True)
class Aim:
    """Something that an edit puts into a game at one of several places, and what a player then does about it.

    RAM of one frame is uint8 (128,), that of a rally uint8 (F, 128): consecutive frames from the edited state on.
    """

    places: tuple[int, ...]
    """Where it is put."""
    edit: Callable[[int], Edit]
    """Place -> the edit that puts it there; one that the game lets stand."""
    opposite: Callable[[int], int]
    """Place -> another one, as easy to get to, where nothing was put."""
    starts: Callable[[np.ndarray], bool]
    """RAM of a frame -> whether a rally may start there."""
    reached: Callable[[np.ndarray, int], bool]
    """RAM of a rally, place -> whether the player gets there, which must not depend on the edit but for the player."""
    used: Callable[[np.ndarray, int], bool]
    """RAM of a rally, place -> whether the player makes use of what is there."""


class GameEdits(Protocol):
    """The edits of one game.

    To add a game, write a file like `rlxai/games/breakout_edit.py` with an object that has these members, and enter it
    in `REGISTRY` of `rlxai/games/edits.py` under its ALE name. Tests must show that `render` equals real screens.
    """

    @property
    def kinds(self) -> Mapping[str, Callable[..., Edit]]:
        """Name -> function that makes the edit of whole numbers; its parameters' names are shown to users."""

    @property
    def presences(self) -> Mapping[str, Presence]:
        """Object -> edits that put it there or take it away; the objects whose worth is logged during training."""

    @property
    def battery(self) -> Mapping[str, Edit]:
        """Name -> edit: the questions that are put to every agent of the game."""

    @property
    def aims(self) -> Mapping[str, Aim]:
        """Name -> what an agent may be seen to aim at in games played on from edited states; empty if nothing."""

    def render(self, ram: np.ndarray) -> np.ndarray:
        """One frame's grey screen, uint8 (210, 160), from its RAM, uint8 (128,); what is not drawn is 0."""


def _in_turn(first: Paint | None, second: Paint | None) -> Paint | None:
    if first is None or second is None:
        return first or second
    return lambda screen: second(first(screen))


def framewise(change: Callable[[np.ndarray], None]) -> Callable[[np.ndarray], np.ndarray]:
    """A change in place of one frame's RAM, uint8 (128,), as a pure function of RAM (..., 128)."""

    def edited(ram: np.ndarray) -> np.ndarray:
        frames: np.ndarray = np.array(ram, np.uint8)
        for frame in frames.reshape(-1, frames.shape[-1]):  # views: the copy is contiguous
            change(frame)
        return frames

    return edited
