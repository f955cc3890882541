"""One training of a comparison: its values at the snapshots, and what they would be with other games."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from rlxai.strategy.bootstrap import DRAWS


@dataclass(frozen=True, eq=False)
class Training:
    """A figure of one training at T snapshots."""

    estimate: np.ndarray
    """float (T,): NaN where it has none."""
    draws: np.ndarray
    """float (D, T): what it would be with other games."""
    units: np.ndarray
    """float (T,): games behind each value, as many as they would be if equally heavy; infinite where the draws spread
    enough as they are."""
    games: np.ndarray
    """int (T,): games that have a value."""
    together: bool
    """Whether the games of all snapshots are the same, and so are drawn together."""


def draw_games(
    values: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    *,
    together: bool = False,
    draws: int = DRAWS,
    seed: Sequence[int] = (0,),
) -> Training:
    """A training by its games.

    Args:
        values: at each of T snapshots, the figure in each game: float (n_t,), NaN where undefined.
        weights: of the games, of the same shapes, at least 0.
        together: whether game i is the same one at all snapshots.
        draws: how many.
        seed: of a generator of its own.
    """
    generator = np.random.default_rng(list(seed))
    pick = generator.integers(max(1, len(values[0])), size=(draws, len(values[0])))
    columns, estimates, units, games = [], [], [], []
    for value, weight in zip(values, weights, strict=True):
        known = np.isfinite(value) & (weight > 0)
        value, weight = np.where(known, value, 0.0), np.where(known, weight, 0.0)
        if not together:
            value, weight = value[known], weight[known]
            pick = generator.integers(max(1, len(value)), size=(draws, len(value)))
        mass, products = weight.sum(), value * weight
        units.append(mass**2 / (weight**2).sum() if mass else 0.0)
        games.append(int(known.sum()))
        estimates.append(products.sum() / mass if mass else nan)
        masses = weight[pick].sum(axis=1)
        drawn = products[pick].sum(axis=1)
        columns.append(np.divide(drawn, masses, out=np.full(draws, nan), where=masses > 0))
    return Training(np.array(estimates), np.stack(columns, axis=1), np.array(units), np.array(games), together)
