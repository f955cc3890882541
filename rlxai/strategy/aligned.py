"""Event-aligned means: what a column of the ledger does just before and after something happens.

Over the events e of all games and each offset d from -k to k, where w is 1, or the area for lifts:

    aligned(d) = sum over e of column[e + d] / sum over e of w[e + d]

The control is the same around decisions drawn at random from the same games, as many from each as it has events with a
value at d. Its expectation is computed instead of drawn: column[e + d] and w[e + d] are replaced by their means over
all decisions t + d of the game at which both exist, or over an even sample of these.

Intervals are percentile bootstraps over games with all their events, widened by `rlxai.strategy.curves.stretch` for
n = (sum m)^2 / sum m^2 games, of which m are the numbers of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.strategy.bootstrap import DRAWS, LEVEL, Interval, bootstrap, nan_mean
from rlxai.strategy.curves import stretch


@dataclass(frozen=True, eq=False)
class Aligned:
    """Means at 2k + 1 offsets, all of shape (..., 2k + 1); intervals are NaN where one game alone has the event."""

    offsets: np.ndarray
    """int (2k + 1,): decisions before (negative) and after the event."""
    mean: Interval
    control: Interval
    difference: Interval
    """Mean minus control, resampled together."""
    events: np.ndarray
    """int: those with a value."""
    games: np.ndarray
    """int: those with such an event."""


def align(
    columns: Sequence[np.ndarray],
    events: Sequence[np.ndarray],
    window: int,
    *,
    areas: Sequence[np.ndarray] | None = None,
    samples: Sequence[np.ndarray] | None = None,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> Aligned:
    """Mean of columns in a window around events.

    Args:
        columns: of each game, float (T, ...): values per decision, NaN where undefined or not measured.
        events: of each game, int (E,): decisions at which the event happens; one that happens twice counts twice.
        window: k, at least 0. Offsets beyond the game's ends are left out.
        areas: of each game, float (T, ...) as its column: what sums are divided by; 1 if not given.
        samples: of each game, decisions that the control is expected over; all if not given.
        draws: bootstrap draws.
        level: of the intervals.
        seed: of a generator of its own.

    Raises:
        InvalidValue: there is not one array of each kind for each game, an event or sample lies outside its game, or
            window is negative.
    """
    areas = [np.ones(np.shape(column)) for column in columns] if areas is None else areas
    samples = [np.arange(len(column)) for column in columns] if samples is None else samples
    if not len(columns) == len(events) == len(areas) == len(samples) or window < 0:
        raise InvalidValue(
            f"events, areas and samples must be given for each game and window be at least 0, met {len(columns)} "
            f"columns, {len(events)}, {len(areas)} and {len(samples)} arrays and window {window}"
        )
    for kind, decisions in (("events", events), ("samples", samples)):
        for game, (column, at) in enumerate(zip(columns, decisions, strict=True)):
            if len(at) and not 0 <= np.min(at) <= np.max(at) < len(column):
                raise InvalidValue(
                    f"{kind} of game {game} must be 0 to {len(column) - 1}, met {np.min(at)} to {np.max(at)}"
                )
    games = zip(columns, areas, events, samples, strict=True)
    sums = [_sums(np.stack([column, area], axis=-1), at, sample, window) for column, area, at, sample in games]
    trailing = np.shape(columns[0])[1:] if len(columns) else ()
    used = np.array([one for one in sums if one[-1].any()]).reshape(-1, 5, *trailing, 2 * window + 1)
    found = bootstrap(_means, used, draws=draws, level=level, seed=seed)
    counts = used[:, -1]  # (G, ..., 2k + 1)
    wider = _stretches(counts)
    mean, control, difference = (
        _widened(Interval(found.estimate[i], found.low[i], found.high[i], found.units), wider) for i in range(3)
    )
    offsets = np.arange(-window, window + 1)
    return Aligned(offsets, mean, control, difference, counts.sum(axis=0).astype(int), (counts > 0).sum(axis=0))


def _sums(both: np.ndarray, events: np.ndarray, sample: np.ndarray, window: int) -> np.ndarray:
    """Of one game (5, ..., 2k + 1): sums of column and area around its events, those expected, number of events.

    Args:
        both: column and area (T, ..., 2).
        events: int (E,).
        sample: int (S,): decisions that are expected over.
        window: k.
    """
    both = np.where(np.isnan(both).any(axis=-1, keepdims=True), np.nan, np.asarray(both, np.float64))
    around = _windows(both, window)[np.asarray(events, np.int64)]  # (E, ..., 2, 2k + 1)
    counts = (~np.isnan(around[..., 0, :])).sum(axis=0)  # (..., 2k + 1)
    within = np.full_like(both, np.nan)
    within[sample] = both[sample]
    expected = np.where(counts[..., None, :] > 0, nan_mean(_windows(within, window), 0), 0) * counts[..., None, :]
    total = np.nansum(around, axis=0)
    return np.stack([total[..., 0, :], total[..., 1, :], expected[..., 0, :], expected[..., 1, :], counts])


def _windows(values: np.ndarray, window: int) -> np.ndarray:
    """(T, ...) -> (T, ..., 2k + 1): place t is around t, NaN beyond the ends."""
    padded = np.pad(values, ((window, window), *((0, 0) for _ in values.shape[1:])), constant_values=np.nan)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * window + 1, axis=0)


def _means(sample: np.ndarray) -> np.ndarray:
    """Sums (D, G, 5, ...) -> mean, control and difference (D, 3, ...)."""
    total = sample.sum(axis=1)
    mean, control = _ratio(total[:, 0], total[:, 1]), _ratio(total[:, 2], total[:, 3])
    return np.stack([mean, control, mean - control], axis=1)


def _ratio(values: np.ndarray, areas: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.divide(values, areas, out=np.full(values.shape, np.nan), where=areas > 0)
    return ratio


def _stretches(counts: np.ndarray) -> np.ndarray:
    """By how much intervals are widened, from numbers of events (G, ...); NaN where only one game has any."""
    games = _ratio(counts.sum(axis=0) ** 2, (counts**2).sum(axis=0))
    wider: np.ndarray = np.vectorize(stretch, otypes=[float])(np.nan_to_num(games))
    return wider


def _widened(found: Interval, wider: np.ndarray) -> Interval:
    low, high = (found.estimate + wider * (limit - found.estimate) for limit in (found.low, found.high))
    return Interval(found.estimate, low, high, found.units)
