"""Games of scripted players: states that no agent chose, so that all agents can be compared on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rlxai.episodes.episode import Episode
from rlxai.episodes.record import play
from rlxai.episodes.roll import Progress
from rlxai.errors import InvalidValue
from rlxai.games import Emulator, follow_ball
from rlxai.preprocessing import Preprocessing

PLAYERS: dict[str, Callable[[np.ndarray], str]] = {"breakout": follow_ball}
"""Game -> player: RAM of the latest frame, uint8 (128,) -> name of a button."""
DECISIONS = 2400
"""Length of a scripted game: in Breakout the player opens the first tunnel at about half of it."""


def play_script(
    game: str | None,
    preprocessing: Preprocessing,
    *,
    seed: int = 0,
    max_decisions: int = DECISIONS,
    progress: Progress | None = None,
) -> Episode:
    """A game of the scripted player: the same for a seed, from the first rally to open tunnels.

    Args:
        game: ALE name.
        preprocessing: how the states are to be seen.
        seed: of the no-ops at the start, by which games differ.
        max_decisions: cap of the game.
        progress: called with (decisions, cap).

    Raises:
        InvalidValue: there is no scripted player for the game.
    """
    if game is None or game not in PLAYERS:
        raise InvalidValue(
            f"no scripted player knows {game or 'an unknown game'}; games with one: {', '.join(PLAYERS)}"
        )
    press = PLAYERS[game]
    buttons = Emulator(game).actions
    return play(
        game,
        preprocessing,
        lambda _observation, ram: buttons.index(press(ram)),
        actions=buttons,
        seed=seed,
        max_decisions=max_decisions,
        progress=progress,
    )
