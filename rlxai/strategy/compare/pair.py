"""One figure of two sides at matched moments of training: values, differences, and chance of improvement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from rlxai.strategy.compare.draws import draw_games
from rlxai.strategy.compare.measures import area_weights, improvement
from rlxai.strategy.compare.replicates import Estimate, Replicates, make_side, weigh


class Pair:
    """One figure of both sides.

    Args:
        games: as for `compare_sides`, of one figure.
        sizes: trainings on each side.
        replicates: see `rlxai.strategy.compare.replicates`.
        draws: of the bootstrap.
    """

    def __init__(self, games: pd.DataFrame, sizes: Mapping[str, int], replicates: Replicates, draws: int) -> None:
        self.steps = np.array(sorted(games.moment.unique()), np.int64)
        self.replicates = replicates
        self._games = {
            side: [games[(games.side == side) & (games.training == place)] for place in range(size)]
            for side, size in sizes.items()
        }
        name = crc32(f"{games.figure.iloc[0]} {games.states.iloc[0]}".encode())
        together = bool((games.states == "common").all())
        self.a, self.b = (
            make_side(
                [
                    draw_games(*self._grid(rows, together), together=together, draws=draws, seed=(name, number, place))
                    for place, rows in enumerate(self._games[side])
                ],
                replicates,
                seed=(name, number),
            )
            for number, side in enumerate("AB")
        )

    @property
    def known(self) -> np.ndarray:
        """Bool (T,): moments at which all trainings have a value."""
        whole: np.ndarray = np.isfinite(np.concatenate([self.a.trainings, self.b.trainings])).all(axis=0)
        return whole

    def rows(self, *, probability: bool) -> list[dict[str, Any]]:
        """The mean over training first, then each moment."""
        known, count = self.known, len(self.steps)
        found = []
        if (area := area_weights(self.steps.astype(float), known)).any():
            at = np.flatnonzero(area)
            units = {f"units_{n}": int(s.units[at].min()) for n, s in (("a", self.a), ("b", self.b))}
            better = Estimate(np.nan)
            if probability and self.replicates == "trainings":
                better = improvement(*([s.trainings[:, at] @ area[at]] for s in (self.a, self.b)))
            found.append({"step": None, **self._row(area), **units, **_probability(better)})
        for t in np.flatnonzero(known):
            units = {"units_a": int(self.a.units[t]), "units_b": int(self.b.units[t])}
            better = self._improvement(int(t)) if probability else Estimate(np.nan)
            found.append({"step": int(self.steps[t]), **self._row(np.eye(count)[t]), **units, **_probability(better)})
        return found

    def _row(self, weights: np.ndarray) -> dict[str, float]:
        a, b = weigh(self.a, None, weights), weigh(self.b, None, weights)
        both = weigh(self.a, self.b, weights)
        return {
            "a": a.value, "a_low": a.low, "a_high": a.high, "b": b.value, "b_low": b.low, "b_high": b.high,
            "difference": both.value, "low": both.low, "high": both.high, "p": both.p,
        }  # fmt: skip

    def _improvement(self, t: int) -> Estimate:
        if self.replicates == "trainings":
            return improvement([self.a.trainings[:, t]], [self.b.trainings[:, t]])
        games = ([_values(rows, self.steps[t]) for rows in self._games[side]] for side in "AB")
        return improvement(*games)

    def _grid(self, rows: pd.DataFrame, together: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Values and weights of the games at each moment; if these are the same games, in the same order."""
        if together:
            wide = [rows.pivot(index="game", columns="moment", values=name) for name in ("value", "weight")]
            values, weights = (table.reindex(columns=self.steps).to_numpy(float) for table in wide)
            return list(values.T), list(np.nan_to_num(weights).T)
        parts = [rows[rows.moment == step] for step in self.steps]
        return [part.value.to_numpy(float) for part in parts], [part.weight.to_numpy(float) for part in parts]


def _values(rows: pd.DataFrame, step: int) -> np.ndarray:
    values: np.ndarray = rows.value[rows.moment == step].dropna().to_numpy(float)
    return values


def _probability(found: Estimate) -> dict[str, float]:
    return {"probability": found.value, "probability_low": found.low, "probability_high": found.high}
