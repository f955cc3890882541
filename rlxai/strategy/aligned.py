"""Event-aligned means: what a column of the ledger does just before and after something happens.

Over the events e of all games and each offset d from -k to k:

    aligned(d) = mean over e of  column[e + d]

The control is the same around decisions drawn at random from the same games, as many from each as it has events. Its
expectation is computed instead of drawn: column[e + d] is replaced by the mean of column[t + d] over all decisions t of
the game at which it exists. Both intervals, and that of their difference, resample games with all their events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.strategy.bootstrap import DRAWS, LEVEL, Interval, bootstrap, nan_mean


@dataclass(frozen=True, eq=False)
class Aligned:
    """Means at 2k + 1 offsets; intervals are NaN where fewer than two games have the event."""

    offsets: np.ndarray
    """int (2k + 1,): decisions before (negative) and after the event."""
    mean: Interval
    control: Interval
    difference: Interval
    """Mean minus control, resampled together."""
    events: int
    games: int
    """Those with an event and a value."""


def align(
    columns: Sequence[np.ndarray],
    events: Sequence[np.ndarray],
    window: int,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> Aligned:
    """Mean of a column in a window around events.

    Args:
        columns: of each game, float (T,): one value per decision, NaN where undefined.
        events: of each game, int (E,): decisions at which the event happens; one that happens twice counts twice.
        window: k, at least 0. Offsets beyond the game's ends are left out.
        draws: bootstrap draws.
        level: of the intervals.
        seed: of a generator of its own.

    Raises:
        InvalidValue: there is not one array of events for each column, one lies outside its game, or window is
            negative.
    """
    if len(columns) != len(events) or window < 0:
        raise InvalidValue(
            f"events must be given for each game and window be at least 0, met {len(columns)} columns, "
            f"{len(events)} arrays of events and window {window}"
        )
    for game, (column, at) in enumerate(zip(columns, events, strict=True)):
        if len(at) and not 0 <= np.min(at) <= np.max(at) < len(column):
            raise InvalidValue(
                f"events of game {game} must be 0 to {len(column) - 1}, met {np.min(at)} to {np.max(at)}"
            )
    sums = np.array([_sums(c, e, window) for c, e in zip(columns, events, strict=True)]).reshape(-1, 3, 2 * window + 1)
    used = sums[sums[:, 1].sum(axis=1) > 0]  # (G, 3, 2k + 1)

    def mean(sample: np.ndarray) -> np.ndarray:
        return _ratio(sample[:, :, 0], sample[:, :, 1])

    def control(sample: np.ndarray) -> np.ndarray:
        return _ratio(sample[:, :, 2], sample[:, :, 1])

    def difference(sample: np.ndarray) -> np.ndarray:
        gap: np.ndarray = mean(sample) - control(sample)
        return gap

    found = [bootstrap(f, used, draws=draws, level=level, seed=seed) for f in (mean, control, difference)]
    total = sum(len(at) for at in events)
    return Aligned(np.arange(-window, window + 1), found[0], found[1], found[2], total, len(used))


def _sums(column: np.ndarray, events: np.ndarray, window: int) -> np.ndarray:
    """Of one game (3, 2k + 1): sum of values around its events, how many, sum expected of as many others."""
    padded = np.pad(np.asarray(column, np.float64), window, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * window + 1)  # (T, 2k + 1): row t is around t
    around = windows[np.asarray(events, np.int64)]
    counts = (~np.isnan(around)).sum(axis=0)
    expected = np.where(counts > 0, nan_mean(windows, 0), 0) * counts
    return np.stack([np.nansum(around, axis=0), counts, expected])


def _ratio(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Sum of values (D, G, ...) over games, divided by that of counts; NaN where there are none."""
    total, count = values.sum(axis=1), counts.sum(axis=1)
    ratio: np.ndarray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return ratio
