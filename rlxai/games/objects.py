"""Games whose objects are known, and what knowing them means."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from rlxai.games.breakout import Breakout


class GameObjects(Protocol):
    """Where a game's objects are, read from RAM.

    To add a game, write a class with these three members and enter it in `REGISTRY` under its ALE name:

        class Pong:
            names = ("ball", "left-paddle", "right-paddle")

            def masks(self, ram, size=84):
                pixels = np.zeros((3, 210, 160), np.float32)
                for frame in ram:                       # a plane pools two frames: cover what either covers
                    y, x = int(frame[54]), int(frame[49])
                    ...                                 # set the object's pixels to 1
                return np.stack([cv2.resize(p, (size, size), interpolation=cv2.INTER_AREA) for p in pixels])

            def in_play(self, ram):
                return True                             # a game that never waits for FIRE

        REGISTRY["pong"] = Pong()

    Masks have to be shown right against real screens, as the tests of Breakout do with a synthetic renderer.
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


REGISTRY: dict[str, GameObjects] = {"breakout": Breakout()}


def game_objects(game: str) -> GameObjects | None:
    """The objects of a game by ALE name; None where they are not known."""
    return REGISTRY.get(game)
