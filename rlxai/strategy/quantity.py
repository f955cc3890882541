"""What is measured of one game: a named number with its unit, range and definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np

from rlxai.games.played import Events, Played


@dataclass(frozen=True, eq=False)
class Game:
    """One game of T decisions."""

    rewards: np.ndarray
    """float (T,): unclipped."""
    taken: np.ndarray
    """int (T,): actions pressed."""
    played: Played | None
    """What was done in it; None where that cannot be read from the game."""

    def series(self, *names: str) -> list[np.ndarray]:
        """Series by name.

        Raises:
            Absent: the game has not all of them.
        """
        if self.played is None or any(name not in self.played.series for name in names):
            raise Absent
        return [self.played.series[name] for name in names]

    def events(self, name: str) -> Events:
        """Events of a kind, also where none happened.

        Raises:
            Absent: the game knows no such events.
        """
        if self.played is None or name not in self.played.events:
            raise Absent
        return self.played.events[name]


class Absent(Exception):
    """The game has no such thing, so a quantity made of it is undefined."""


@dataclass(frozen=True)
class Quantity:
    """A number for each game."""

    name: str
    unit: str
    low: float
    high: float
    """Least and greatest possible value."""
    definition: str
    formula: Callable[[Game], float]

    def of(self, game: Game) -> float:
        """Its value; NaN where it is undefined."""
        try:
            return float(self.formula(game))
        except Absent:
            return nan
