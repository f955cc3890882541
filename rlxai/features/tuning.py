"""What of the game's state a unit without a map follows: where objects are, how much of them there is.

    r²(u, s) = corr(a_u, s)²      over the states in which s is defined

A correlation says nothing of cause, and sees straight lines only: a unit that fires for a ball in the middle has none
with the ball's place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST = 30
"""States below which no correlation is told."""


def object_states(masks: np.ndarray, names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Place and extent of every object.

    Args:
        masks: float (N, K, H, W), share of each cell that an object covers.
        names: of the K objects.

    Returns:
        Names "<object> x", "<object> y", "<object> area"; and float64 (N, 3 K): the centroid from the left and from
        the top in pixels, NaN where the object is not there, and the covered area in pixels.
    """
    height, width = masks.shape[2:]
    area = masks.sum((2, 3), dtype=np.float64)
    x = (masks.sum(2) * np.arange(width)).sum(-1, dtype=np.float64)
    y = (masks.sum(3) * np.arange(height)).sum(-1, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = np.stack([x / area, y / area, area], -1)  # (N, K, 3)
    found = tuple(f"{name} {what}" for name in names for what in ("x", "y", "area"))
    return found, columns.reshape(len(masks), -1)


def squared_correlation(activations: np.ndarray, states: np.ndarray) -> np.ndarray:
    """r² of every unit with every property of the state.

    Args:
        activations: float (N, U).
        states: float (N, S), NaN where a property is not defined.

    Returns:
        float64 (U, S); NaN where either is constant, or fewer than `LEAST` states define the property.
    """
    found = np.full((activations.shape[1], states.shape[1]), np.nan)
    for column, values in enumerate(states.T):
        known = np.isfinite(values)
        if known.sum() < LEAST:
            continue
        s, a = _centred(values[known][:, None]), _centred(activations[known].astype(np.float64))
        scale = (a**2).sum(0) * (s**2).sum(0)
        np.divide((a * s).sum(0) ** 2, scale, out=found[:, column], where=scale > 0)
    return found


def _centred(values: np.ndarray) -> np.ndarray:
    """(N, M) without the mean of each column; exactly zero where a column is constant but for rounding."""
    centred: np.ndarray = values - values.mean(0)
    centred[:, np.abs(centred).max(0) <= 1e-9 * np.abs(values).max(0)] = 0
    return centred
