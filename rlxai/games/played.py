"""What a player did in one game: per-decision series and events, the common language of all games."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Events:
    """E events of one kind, in the order of time."""

    decisions: np.ndarray
    """int64 (E,): the decision in whose frames each happened, 0 to T - 1. One decision can have several."""
    facts: Mapping[str, np.ndarray] = field(default_factory=dict)
    """float64 (E,) each: where, how much."""

    def __len__(self) -> int:
        return len(self.decisions)


@dataclass(frozen=True, eq=False)
class Played:
    """One game of T decisions.

    Games choose their own series and events. Those with these names mean the same in all games, so that the
    quantities of `rlxai.strategy.behaviour` apply wherever a game has them.

    Series, at the frame that decision t is made on:

    - `ball`, `paddle`: centre of the ball and of the player's paddle along the paddle's track, in pixels; NaN while
      the ball is not on the screen.
    - `approaching`: the ball moves towards the paddle and nothing is in between.
    - `in-play`: the game runs; otherwise it waits for the player.
    - `above`: the ball is above the wall, or was and has not come back through it.

    Events, at the decision whose frames they happen in:

    - `serve`: a ball comes into play; the one that is there at the start counts, at decision 0.
    - `paddle-hit`: fact `offset`, centre of the ball minus centre of the paddle in pixels.
    - `brick-hit`: facts `row`, `column`, `points`, and `above`: 1 if the ball had come from above the wall.
    - `tunnel-opened`: the last brick of a column goes; fact `column`.
    - `ball-above-wall`: the ball gets above the wall, having been below.
    - `life-lost`.
    """

    series: Mapping[str, np.ndarray]
    """float64 or bool (T, ...)."""
    events: Mapping[str, Events]
    state: np.ndarray
    """uint8 (T, B): all of the game that a player can see and that matters, equal bytes for equal situations."""
    grid: tuple[int, int] | None = None
    """(rows, columns) of the wall of bricks, where there is one."""
