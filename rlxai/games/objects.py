"""Games whose objects are known, and what knowing them means."""

from __future__ import annotations

import os
from functools import cache
from typing import Protocol

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.games.breakout import Breakout
from rlxai.games.ocatari import OCAtariObjects
from rlxai.games.pong import Pong


class GameObjects(Protocol):
    """Where a game's objects are, read from RAM.

    To add a game, write a class with these three members and enter it in `REGISTRY` under its ALE name. It is one small
    file; `rlxai/games/pong.py` is a whole example. In outline:

        class Freeway:
            names = ("chicken", "cars")

            def masks(self, ram, size=84):
                pixels = np.zeros((2, 210, 160), bool)
                for frame in ram:                       # a plane pools two frames: cover what either covers
                    top = int(frame[14])
                    ...                                 # set the object's pixels
                return np.stack([coverage(mask, size) for mask in pixels])

            def in_play(self, ram):
                return True                             # a game that never waits for FIRE

    Masks have to be shown right against real screens, as the tests of Breakout and Pong do.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the K masks, in fixed order."""

    def masks(self, ram: np.ndarray, size: int = 84) -> np.ndarray:
        """Share of each cell of a plane that each object covers.

        Args:
            ram: uint8 (2, 128), of the two frames that the plane pools.
            size: height and width of the plane.

        Returns:
            float32 (K, size, size) in [0, 1].
        """

    def in_play(self, ram: np.ndarray) -> bool:
        """The game runs; otherwise it waits for FIRE. RAM of one frame, uint8 (128,)."""


FURTHER = "RLXAI_OBJECTS"
"""Environment variable that names another source of objects, for games that are not in `REGISTRY`."""

REGISTRY: dict[str, GameObjects] = {"breakout": Breakout(), "pong": Pong()}


def game_objects(game: str) -> GameObjects | None:
    """The objects of a game by ALE name; None where they are not known.

    With RLXAI_OBJECTS=ocatari in the environment, those of further games are OCAtari's boxes.

    Raises:
        InvalidValue: RLXAI_OBJECTS is something else, or OCAtari does not know the game or is not installed.
    """
    return REGISTRY.get(game) or _further(game)


@cache
def _further(game: str) -> GameObjects | None:
    # The environment reaches worker processes as well; without it nothing of OCAtari is ever loaded.
    match os.environ.get(FURTHER, ""):
        case "":
            return None
        case "ocatari":
            return OCAtariObjects(game)
        case other:
            raise InvalidValue(f"{FURTHER} is {other!r}; allowed: ocatari")
