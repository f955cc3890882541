"""Games of which it is known what a player does in them, and what knowing it means."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from rlxai.games.breakout_behaviour import BreakoutBehaviour
from rlxai.games.played import Played
from rlxai.games.pong_behaviour import PongBehaviour


class GameBehaviour(Protocol):
    """What a player does in a game, read from RAM and rewards, without a look at any network.

    To add a game, write a class with this one method and enter it in `REGISTRY` under its ALE name. Series and events
    that `Played` names get all quantities that they allow; a game may have others of its own.
    """

    def read(self, ram: np.ndarray, rewards: np.ndarray, lives: np.ndarray, *, over: bool) -> Played:
        """Series and events of one game.

        Args:
            ram: uint8 (T + 1, skip, 128): entry 0 of the start, entry t + 1 of the frames that decision t led to.
            rewards: float (T,), unclipped.
            lives: int (T + 1,).
            over: the game ended. Then some frames of its last entry repeat older ones, and are not to be read.
        """


REGISTRY: dict[str, GameBehaviour] = {"breakout": BreakoutBehaviour(), "pong": PongBehaviour()}


def game_behaviour(game: str | None) -> GameBehaviour | None:
    """How behaviour is read from a game, by ALE name; None where that is not known."""
    return REGISTRY.get(game or "")
