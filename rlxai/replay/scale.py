"""Which relevance gets the full colour: one symmetric scale per episode, per frame, or shared by panels.

The scale s maps relevance to v = clip(R / s, -1, 1). One scale per episode is the default: measured on Breakout, the
maximum of a single frame jumps by 14 to 23 % (95th percentile) between neighbouring decisions, which shows as flicker
and inflates the noise of dull frames to full colour. The 99.9th percentile of |R| keeps one outlier
from hiding the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from rlxai.errors import InvalidValue

Mode = Literal["episode", "frame", "shared"]
QUANTILE = 0.999
CHUNK = 64
"""Decisions read from a store at a time."""


class Maps(Protocol):
    """Relevance of an episode, read by slices: shape (T, C, H, W), `maps[i:j]` -> float32 (j - i, C, H, W)."""

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102

    def __getitem__(self, key: slice, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Spread:
    """How large the relevance drawn in an episode is."""

    p999: float
    """99.9th percentile of |R| over all decisions and pixels."""
    maximum: float
    """Largest |R|."""
    nonfinite: int
    """Values that are NaN or infinite; they count as zero above."""


def drawn(maps: np.ndarray) -> np.ndarray:
    """The map shown for a decision: R(y, x) = sum over the stacked frames of R(c, y, x); (n, C, H, W) -> (n, H, W).

    NaN and infinite values stay what they are, so that they can be counted.
    """
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf is NaN, and counted as such
        return np.asarray(maps.sum(axis=1))


def spread(maps: Maps, start: int = 0, stop: int | None = None) -> Spread:
    """Spread of the drawn maps over the decisions start..stop-1.

    The percentile equals `np.quantile(|R|, 0.999)` over all values, with only the largest 0.1 % held in memory.

    Raises:
        InvalidValue: the range holds no decision.
    """
    stop = maps.shape[0] if stop is None else min(stop, maps.shape[0])
    if not 0 <= start < stop:
        raise InvalidValue(f"decisions {start} to {stop} hold no map; the episode has {maps.shape[0]}")
    total = (stop - start) * maps.shape[-2] * maps.shape[-1]
    position = QUANTILE * (total - 1)  # index in ascending order; between two values it is interpolated
    keep = total - int(position)
    top = np.zeros(0, np.float32)
    bad = 0
    for first in range(start, stop, CHUNK):
        relevance = drawn(maps[first : min(first + CHUNK, stop)])
        finite = np.isfinite(relevance)
        bad += int(relevance.size - np.count_nonzero(finite))
        top = np.concatenate([top, np.abs(np.where(finite, relevance, 0)).ravel()])
        if len(top) > keep:
            top = np.partition(top, len(top) - keep)[-keep:]
    top.sort()
    upper = float(top[min(1, keep - 1)])
    return Spread(float(top[0]) + (position % 1) * (upper - float(top[0])), float(top[-1]), bad)


def episode_scale(p999: float, maximum: float) -> float:
    """One scale for an episode: p99.9 of |R|, or the maximum where relevance is so sparse that p99.9 is zero."""
    return p999 if p999 > 0 else maximum


def frame_scales(relevance: np.ndarray) -> np.ndarray:
    """A scale per frame, s_n = max |R_n| over finite values: (n, H, W) -> float64 (n,). Frames cannot be compared."""
    return np.asarray(np.abs(np.where(np.isfinite(relevance), relevance, 0)).max(axis=(1, 2)), np.float64)


def shared_scale(scales: Sequence[float]) -> float:
    """One scale for panels shown together: the largest of theirs, so that none is clipped more than alone.

    Raises:
        InvalidValue: there is no panel.
    """
    if not scales:
        raise InvalidValue("a shared scale needs at least one panel")
    return max(scales)
