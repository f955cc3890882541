"""Two sides compared: one training each, or several, whose seeds are then the replicates.

A figure of one training has a value at each of T snapshots, the weighted mean over its games. A side's value is the
mean of its trainings. Drawn with replacement is what another time would be other:

- replicates "trainings" (two or more on each side): trainings, then games within each drawn (stratified by side). The
  interval is of what such trainings are like.
- replicates "games" (one training on a side): games within each training alone. The interval is of these very
  trainings; another seed could give another answer, and nothing here can tell how different.

A resampled mean of n values spreads too little by sqrt((n - 1) / n), and a percentile takes the spread as known. So
draws are moved away from the estimate by sqrt(n / (n - 1)), and the interval of a difference of sides is

    A - B + t(f; 97.5 %) / z(97.5 %) * [percentiles of the drawn A - B, less A - B],
    f = (sum_i v_i)^2 / sum_i (v_i^2 / f_i)                                                  (Welch 1947, Satterthwaite)

over the parts i that are drawn apart (games of one training at one snapshot; trainings of one side), each with variance
v_i and f_i = n_i - 1. With unequal weights n is (sum w)^2 / sum w^2 (Kish 1965). Drawing games within drawn trainings
counts their noise a little twice (Davison and Hinkley 1997, 3.8), which errs on the wide side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from rlxai.strategy.bootstrap import LEVEL, nan_mean, percentiles
from rlxai.strategy.compare.draws import Training

Replicates = Literal["trainings", "games"]


@dataclass(frozen=True, eq=False)
class _Part:
    """What varies by itself: deviations (D, T) from the estimate, and their degrees of freedom (T,)."""

    deviations: np.ndarray
    freedom: np.ndarray
    together: bool

    def variance(self, at: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
        """Variance of the weighted sum over snapshots `at`, and its degrees of freedom."""
        if self.together:
            return float(_variance(self.deviations[:, at] @ weights)), float(self.freedom[at].min())
        each = _variance(self.deviations[:, at]) * weights**2
        return float(each.sum()), _satterthwaite(each, self.freedom[at])


@dataclass(frozen=True, eq=False)
class Side:
    """A figure of one side at T snapshots."""

    estimate: np.ndarray
    """float (T,)."""
    draws: np.ndarray
    """float (D, T): what it might have been."""
    trainings: np.ndarray
    """float (R, T): the estimates it is the mean of."""
    units: np.ndarray
    """int (T,): replicates behind each value, trainings or (in the training with fewest) games."""
    parts: tuple[_Part, ...]

    def widened(self) -> np.ndarray:
        """Draws with the spread of t instead of that of the normal distribution, for what is not a sum of values."""
        whole = range(len(self.estimate))
        each = np.array([[part.variance(np.array([t]), np.ones(1)) for part in self.parts] for t in whole])
        wider = [_t_over_z(_satterthwaite(variances, freedoms)) for variances, freedoms in each.transpose(0, 2, 1)]
        draws: np.ndarray = self.estimate + (self.draws - self.estimate) * np.array(wider)
        return draws


@dataclass(frozen=True)
class Estimate:
    """A value, its 95 % interval, and p of its being 0; all but the value are NaN where they cannot be told."""

    value: float
    low: float = nan
    high: float = nan
    p: float = nan


def make_side(trainings: Sequence[Training], replicates: Replicates, *, seed: Sequence[int] = (0,)) -> Side:
    """The mean of R trainings with D draws each, and D draws of it."""
    estimates = np.stack([training.estimate for training in trainings])
    estimate, count = nan_mean(estimates, 0), len(trainings)
    if replicates == "games":
        parts = tuple(
            _Part((one.draws - one.estimate) * _correction(one.units) / count, one.units - 1, one.together)
            for one in trainings
        )
        draws = estimate + np.sum([part.deviations for part in parts], axis=0)
        fewest = np.min([training.games for training in trainings], axis=0)
        return Side(estimate, draws, estimates, fewest, parts)
    draws = np.stack([training.draws for training in trainings])
    each = np.arange(total := draws.shape[1])
    chosen = np.random.default_rng(list(seed)).integers(count, size=(count, total))
    # A training drawn twice has different games each time: those of other draws.
    places = (each + np.arange(count)[:, None] * (total // count)) % total
    units = np.isfinite(estimates).sum(axis=0)
    moved = (nan_mean(draws[chosen, places], 0) - estimate) * _correction(units.astype(float))
    return Side(estimate, estimate + moved, estimates, units, (_Part(moved, units - 1, together=True),))


def weigh(a: Side, b: Side | None, weights: np.ndarray) -> Estimate:
    """Weighted sum over snapshots of a side, or of the difference of two sides, with its 95 % interval.

    Args:
        a: the first side.
        b: what is taken away from it; None for nothing.
        weights: float (T,); snapshots of weight 0 are not looked at.
    """
    at = np.flatnonzero(weights)
    signed = [(a, weights[at])] if b is None else [(a, weights[at]), (b, -weights[at])]
    value = float(sum(side.estimate[at] @ w for side, w in signed))
    drawn = np.sum([side.draws[:, at] @ w for side, w in signed], axis=0)
    variances, freedoms = np.array([part.variance(at, w) for side, w in signed for part in side.parts]).T
    variance, freedom = float(variances.sum()), _satterthwaite(variances, freedoms)
    # Values that do not differ at all say nothing about how far they might, nor does one that outweighs all others.
    if not np.isfinite(value) or not variance > 1e-18 * max(1.0, value**2) or freedom < 1 - 1e-9:
        return Estimate(value)
    low, high = (value + _t_over_z(freedom) * (float(limit) - value) for limit in percentiles(drawn, LEVEL))
    return Estimate(value, low, high, 2 * float(stdtr(freedom, -abs(value) / np.sqrt(variance))))


def _correction(units: np.ndarray) -> np.ndarray:
    """sqrt(n / (n - 1)); NaN for one or fewer."""
    share = np.divide(1.0, units, out=np.ones(units.shape), where=units > 1 + 1e-9)
    squared: np.ndarray = np.divide(1.0, 1 - share, out=np.full(units.shape, nan), where=share < 1)
    correction: np.ndarray = np.sqrt(squared)
    return correction


def _variance(draws: np.ndarray) -> np.ndarray:
    """Over the first axis, leaving out NaN."""
    return nan_mean((draws - nan_mean(draws, 0)) ** 2, 0)


def _satterthwaite(variances: np.ndarray, freedoms: np.ndarray) -> float:
    total = float(variances.sum())
    if not total > 0:
        return nan if np.isnan(total) else np.inf
    return 1 / max(float(((variances / total) ** 2 / freedoms).sum()), 1e-9)


def _t_over_z(freedom: float) -> float:
    return float(stdtrit(freedom, (1 + LEVEL) / 2) / ndtri((1 + LEVEL) / 2)) if freedom > 0 else nan
