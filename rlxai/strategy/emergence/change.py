"""When did it begin: the one change of a short, noisy curve over snapshots, or the honest answer that there is none.

For the S snapshots of a run, x_s is the mean of a quantity over the games of snapshot s, taken of the ranks of all
games: with values themselves, one lucky game can be the whole change. A curve that steps once, before snapshot k, is
fitted by least squares:

    k* = argmin_k  sum_{s<k} (x_s - mean_{s<k} x)^2 + sum_{s>=k} (x_s - mean_{s>=k} x)^2
    explained = 1 - (that least sum) / sum_s (x_s - mean x)^2          F = (S - 2) explained / (1 - explained)

- Is there a change? p is the share of orders of the snapshots in which some k explains as much (Pettitt 1979 asks the
  same of ranks; here the distribution comes from permutations). Snapshots are the units, not games: the games of one
  snapshot share its luck. With fewer than 8 snapshots p cannot fall to 0.05, whatever the curve.
- When? The interval comes from curves made of the fit and its residuals drawn with replacement, times
  sqrt(S / (S - 2)). The residual of a snapshot holds both the noise of its games and its own ups and downs. Drawing
  games within snapshots instead misses the latter, and is blind with one game each.

A gradual rise is no step: the change is then found near its middle, with a wide interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from rlxai.strategy.bootstrap import LEVEL
from rlxai.strategy.emergence.step_fit import Curve, fit_steps

ALPHA = 0.05
DRAWS = 4999
"""Orders of the snapshots, and curves drawn."""
FEWEST = 4
"""Snapshots below which no change is looked for."""


@dataclass(frozen=True)
class Change:
    """What is known of a change; step, interval and direction are NaN and 0 where none was found."""

    found: bool
    step: float
    """First snapshot after the change, which lies between it and the snapshot before."""
    low: float
    high: float
    """Interval of `step`; both are steps of snapshots."""
    direction: int
    """1 up, -1 down."""
    certainty: float
    """Share of the curves drawn that change in this direction."""
    before: float
    after: float
    """Mean of the quantity over the snapshots before and after."""
    explained: float
    """Part of the variance between snapshots that the step explains."""
    p: float
    """NaN where nothing can be tested: fewer than 4 snapshots, or a constant curve."""
    snapshots: int
    """With at least one game in which the quantity is defined."""
    games: int


@dataclass(frozen=True)
class Lead:
    """Which of two curves changes first."""

    verdict: str
    """"first", "second" or "cannot be told"."""
    difference: float
    """Step of the second change minus step of the first, positive if the first leads; NaN where one is not found."""
    low: float
    high: float
    first_leads: float
    second_leads: float
    """Shares of the curves drawn; the rest change together."""


def change_point(
    steps: Sequence[int], games: Sequence[np.ndarray], *, draws: int = DRAWS, alpha: float = ALPHA, seed: int = 0
) -> Change:
    """The change of one curve.

    Args:
        steps: of the S snapshots, increasing.
        games: of each snapshot, the quantity in each of its games: float (n_s,), NaN where undefined.
        draws: permutations, and curves drawn for the interval.
        alpha: largest p at which a change counts as found.
        seed: of a generator of its own.

    Raises:
        InvalidValue: steps do not increase, or there is not one array for each.
    """
    return _change(Curve.of(steps, games), draws, alpha, seed)


def lead(
    steps: Sequence[int],
    first: Sequence[np.ndarray],
    second: Sequence[np.ndarray],
    *,
    draws: int = DRAWS,
    alpha: float = ALPHA,
    seed: int = 0,
) -> Lead:
    """Which of two curves over the same snapshots changes first; the parameters are those of `change_point`.

    The curves are drawn together, the same snapshots' residuals for both, since a snapshot that happens to play well
    does so in both. Where a quantity is undefined at some snapshots, they are drawn apart. Nothing is said unless both
    changes are found and the interval of their difference leaves out 0.
    """
    curves = Curve.of(steps, first), Curve.of(steps, second)
    if not all(_change(curve, draws, alpha, seed).found for curve in curves):
        return Lead("cannot be told", nan, nan, nan, nan, nan)
    apart = not np.array_equal(curves[0].steps, curves[1].steps)
    a, b = (curve.steps[curve.draw(draws, seed + apart * place)[0]] for place, curve in enumerate(curves))
    low, high = _limits(b - a)
    verdict = "first" if low > 0 else "second" if high < 0 else "cannot be told"
    best = [float(curve.steps[curve.split]) for curve in curves]
    return Lead(verdict, best[1] - best[0], low, high, float((b > a).mean()), float((b < a).mean()))


def _change(curve: Curve, draws: int, alpha: float, seed: int) -> Change:
    count = len(curve.steps)
    nothing = Change(False, nan, nan, nan, 0, nan, nan, nan, nan, nan, count, curve.games)
    if count < FEWEST or np.ptp(curve.ranks) == 0:
        return nothing
    (split,), (explained,), (direction,) = fit_steps(curve.ranks[None])
    p = curve.p_value(draws, seed)
    if p > alpha:
        return replace(nothing, explained=float(explained), p=p)
    splits, directions = curve.draw(draws, seed)
    low, high = _limits(curve.steps[splits])
    return Change(
        found=True, step=float(curve.steps[split]), low=low, high=high, direction=int(direction),
        certainty=float((directions == direction).mean()), before=float(curve.means[:split].mean()),
        after=float(curve.means[split:].mean()), explained=float(explained), p=p, snapshots=count, games=curve.games,
    )  # fmt: skip


def _limits(values: np.ndarray) -> tuple[float, float]:
    """The middle of draws, at values that were drawn."""
    rest = (1 - LEVEL) / 2
    low = np.quantile(values, rest, method="inverted_cdf")
    return float(low), float(-np.quantile(-values, rest, method="inverted_cdf"))
