"""Percentile bootstrap: how far a figure would move had other games been played.

The resampled units have to be independent: games, never the decisions of one game, which resemble each other.

Efron and Tibshirani 1993, chapter 13. The interval is too narrow where the units are few: of a mean over normal values,
the 95 % interval holds the truth in about 52 % of cases with 2 units, 74 % with 3, 81 % with 4, 86 % with 6, 90 % with
10 and 93 % with 30.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rlxai.errors import InvalidValue

DRAWS = 2000
LEVEL = 0.95
_BLOCK = 2**22
"""Resampled numbers held at once."""

Statistic = Callable[..., np.ndarray]
"""(draws, N, ...) arrays, one per sample -> (draws, ...)."""


@dataclass(frozen=True)
class Interval:
    """A figure with its interval; all of the shape of the figure, NaN where it cannot be told."""

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    units: int
    """How many were resampled."""


def bootstrap(
    statistic: Statistic, *samples: np.ndarray, draws: int = DRAWS, level: float = LEVEL, seed: int = 0
) -> Interval:
    """A statistic of N units, and the middle `level` of its values on units drawn with replacement.

    Args:
        statistic: from (draws, N, ...) arrays to (draws, ...). A ratio of means over units, such as lift, is
            `lambda share, area: nan_mean(share, 1) / nan_mean(area, 1)`.
        samples: float (N, ...), one or several; the units of all are drawn together.
        draws: how many times N units are drawn.
        level: of the interval.
        seed: of a generator of its own.

    Returns:
        The statistic of the units as they are, and the interval. It is NaN where there is one unit or none.

    Raises:
        InvalidValue: samples differ in length, or draws or level is outside its domain.

    >>> scores = np.array([3.0, 5.0, 4.0, 9.0])
    >>> found = bootstrap(lambda x: x.mean(axis=1), scores)
    >>> float(found.estimate), float(found.low), float(found.high)
    (5.25, 3.5, 7.75)
    """
    units = len(samples[0])
    if any(len(sample) != units for sample in samples):
        raise InvalidValue(f"samples must have one length, met {', '.join(str(len(sample)) for sample in samples)}")
    if draws < 1 or not 0 < level < 1:
        raise InvalidValue(f"draws must be at least 1 and level within 0 and 1, met {draws} and {level}")
    estimate = np.asarray(statistic(*(sample[None] for sample in samples))[0])
    if units < 2:
        none = np.full(np.shape(estimate), np.nan)
        return Interval(estimate, none, none, units)
    chosen = np.random.default_rng(seed).integers(units, size=(draws, units))
    each = max(1, _BLOCK // sum(sample.size for sample in samples))
    blocks = [chosen[start : start + each] for start in range(0, draws, each)]
    values = np.concatenate([statistic(*(sample[block] for sample in samples)) for block in blocks])
    return Interval(estimate, *percentiles(values, level), units)


def bootstrap_mean(values: np.ndarray, *, draws: int = DRAWS, level: float = LEVEL, seed: int = 0) -> Interval:
    """Mean over the N units that have a value, and its interval; the other parameters are those of `bootstrap`.

    Args:
        values: float (N,); NaN where a unit has none.
        draws: how many times the units are drawn.
        level: of the interval.
        seed: of a generator of its own.
    """
    values = np.asarray(values, np.float64)
    known = values[np.isfinite(values)]
    return bootstrap(lambda sample: nan_mean(sample, 1), known, draws=draws, level=level, seed=seed)


def percentiles(values: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the middle `level` of draws (D, ...), leaving out NaN; NaN where all are."""
    rest = (1 - level) / 2
    empty = np.isnan(values).all(axis=0)
    low, high = np.nanquantile(np.where(empty, 0.0, values), [rest, 1 - rest], axis=0)  # it warns of empty ones
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def nan_mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean of what is not NaN along an axis; NaN where all is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    mean: np.ndarray = np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)
    return mean
