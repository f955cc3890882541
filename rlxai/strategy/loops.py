"""Degenerate play: the same situations over and over, or long stretches in which nothing is gained."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

SHORTEST = 8
"""Repetitions of fewer decisions, half a second, are pauses."""


def looping(state: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """Decisions within a repetition: the last p pairs of state and action equal the p before, for some period p.

    Decision t belongs to a repetition of period p if it lies in a stretch of at least p decisions, and of at least
    `SHORTEST`, each of which last had its state and action exactly p decisions earlier. Waiting without an end is one
    of period 1. A deterministic player in a deterministic game leaves such a cycle only by chance or at a cap.

    Args:
        state: uint8 (T, B), equal bytes for equal situations.
        actions: int (T,).

    Returns:
        bool (T,).
    """
    count = len(actions)
    keys = [state[t].tobytes() + int(actions[t]).to_bytes(4, "little") for t in range(count)]
    latest: dict[bytes, int] = {}
    period = np.zeros(count, np.int64)  # decisions since this state and action; 0: never before
    for t, key in enumerate(keys):
        period[t] = t - latest.get(key, t)
        latest[key] = t
    edges = np.flatnonzero(np.diff(period, prepend=-1, append=-1))
    inside = np.zeros(count, bool)
    for start, stop in pairwise(edges):
        inside[start:stop] = period[start] > 0 and stop - start >= max(period[start], SHORTEST)
    return inside


def longest(flags: np.ndarray) -> int:
    """Length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(flags.astype(int), prepend=0, append=0))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def entropy(actions: np.ndarray) -> float:
    """Shannon entropy in bits of how often each action was pressed; NaN without actions."""
    if not len(actions):
        return float("nan")
    shares = np.unique(actions, return_counts=True)[1] / len(actions)
    return float(-(shares * np.log2(shares)).sum() + 0.0)  # of one action: 0, not -0
