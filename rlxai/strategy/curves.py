"""The table of curves: every figure of every game and snapshot in one tidy form, and what it says about a snapshot.

The value of a figure at a snapshot is the mean over its games weighted by the decisions (or area) behind each:

    v = sum_g w_g v_g / sum_g w_g

For lifts w_g is the summed area of the object, so that v = sum of shares / sum of areas. Its interval is a percentile
bootstrap over games, whose distance from v is multiplied by

    t(n - 1; 97.5 %) / z(97.5 %) * sqrt(n / (n - 1))

for n = (sum w)^2 / sum w^2 games (Kish 1965: one game with most of the weight counts for little more than one).
Percentiles alone are too narrow for few games: of three normal values they hold the mean in 74 % of cases, with the
factor in 94 %. At two games it is 9.2, at three 2.7, at ten 1.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf, nan, sqrt

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from rlxai.strategy.behaviour import QUANTITIES
from rlxai.strategy.bootstrap import LEVEL, bootstrap

COLUMNS = ("figure", "states", "control", "draw", "step", "game", "value", "weight")
"""figure (namespace/name), states (common | own), control (none | random | shifted | shuffled), draw (0 for the agent),
step (of the snapshot), game (task of the episode that the states come from; empty where a control is known over all
games together), value (NaN where undefined), weight (>= 0)."""


_QUANTITIES = {quantity.name: (quantity.low, quantity.high) for quantity in QUANTITIES}
_FAMILIES = {
    "lift": (0.0, inf), "share": (0.0, 1.0), "signed": (-1.0, 1.0), "motion": (0.0, 1.0), "changed": (0.0, 1.0),
    "touched": (0.0, 1.0),
}  # fmt: skip
_LEAST = 1.5
"""Games of equal weight, as Kish counts them, below which no interval is told."""


@dataclass(frozen=True)
class Estimate:
    """A figure at one snapshot; the interval is NaN where one game has the value alone, or nearly all weight."""

    value: float
    low: float
    high: float
    games: int


class Curves:
    """Looks figures up in a table of curves.

    Args:
        table: see `COLUMNS`.
        best: step of the snapshot that plays best.
    """

    def __init__(self, table: pd.DataFrame, best: int) -> None:
        self.table = table
        self.best = best
        self._found: dict[tuple[str, str, int], Estimate | None] = {}

    @cached_property
    def steps(self) -> list[int]:
        """Steps of the snapshots, ascending."""
        return sorted(int(step) for step in self.table.step.unique())

    def estimate(self, figure: str, states: str, step: int) -> Estimate | None:
        """The agent's figure at a snapshot; None where no game has it."""
        key = figure, states, step
        if key not in self._found:
            self._found[key] = estimate(self._rows("none", *key), bounds=possible(figure))
        return self._found[key]

    def control(self, control: str, figure: str, states: str, step: int) -> tuple[float, float] | None:
        """Lowest and highest draw of a control; None where it was not measured.

        Of a single draw that is known game by game, the interval over these; NaN where they are too few.

        Random networks are the same on common states for all snapshots, which share an architecture, and drawn once.
        """
        rows = self._rows(control, figure, states, step)
        if not len(rows) and (control, states) == ("random", "common"):
            rows = self._rows(control, figure, states, self.steps[0])
        if len(rows) and rows.draw.nunique() == 1 and (rows.game != "").any():
            alone = estimate(rows, bounds=possible(figure))
            return (alone.low, alone.high) if alone else None
        draws = [found.value for _, draw in rows.groupby("draw") if (found := estimate(draw, interval=False))]
        return (min(draws), max(draws)) if draws else None

    def games(self, figure: str, states: str) -> pd.DataFrame:
        """The agent's figure in each game: columns step, game, name, value, as `emergence_table` takes them."""
        t = self.table
        rows = t[(t.figure == figure) & (t.states == states) & (t.control == "none") & (t.weight > 0)]
        return rows[["step", "game", "value"]].assign(name=curve_name(figure, states))

    def _rows(self, control: str, figure: str, states: str, step: int) -> pd.DataFrame:
        return self._groups.get((control, figure, states, step), self.table.iloc[:0])

    @cached_property
    def _groups(self) -> dict[tuple[str, str, str, int], pd.DataFrame]:
        groups = self.table.groupby(["control", "figure", "states", "step"], sort=False)
        return {(c, f, s, int(step)): rows for (c, f, s, step), rows in groups}  # type: ignore[misc, call-overload]


def curve_name(figure: str, states: str) -> str:
    """A curve in one word for tables."""
    return f"{figure} ({states})"


def possible(figure: str) -> tuple[float, float]:
    """Least and greatest value that a figure can have."""
    family, _, name = figure.partition("/")
    return _QUANTITIES.get(name, (-inf, inf)) if family == "behaviour" else _FAMILIES.get(family, (-inf, inf))


def estimate(
    rows: pd.DataFrame, *, interval: bool = True, bounds: tuple[float, float] = (-inf, inf)
) -> Estimate | None:
    """The weighted mean of rows with its interval over games, within bounds; None where no row has a value."""
    value, weight = rows.value.to_numpy(float), rows.weight.to_numpy(float)
    known = np.isfinite(value) & (weight > 0)
    if not known.any():
        return None
    value, weight = value[known], weight[known]
    if not interval:
        return Estimate(float(value @ weight / weight.sum()), nan, nan, len(value))
    found = bootstrap(lambda v, w: (v * w).sum(axis=1) / w.sum(axis=1), value, weight)
    centre, wider = float(found.estimate), stretch(float(weight.sum() ** 2 / (weight**2).sum()))
    low, high = (
        min(max(centre + wider * (float(limit) - centre), bounds[0]), bounds[1]) for limit in (found.low, found.high)
    )
    return Estimate(centre, low, high, found.units)


def stretch(games: float) -> float:
    """By how much a percentile interval over so many games of equal weight is widened; NaN for less than 1.5."""
    if games < _LEAST:
        return nan
    return float(stdtrit(games - 1, (1 + LEVEL) / 2) / ndtri((1 + LEVEL) / 2)) * sqrt(games / (games - 1))
