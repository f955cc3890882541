"""Curves of deletion and insertion as a table: what a mean over pixels flipped hides."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rlxai.trust.faithfulness import Curves

LEVEL = 0.95
COLUMNS = ("fill", "way", "pixels", "value", "low", "high", "games")


def curve_table(curves: Mapping[str, Curves], games: np.ndarray, scale: float) -> pd.DataFrame:
    """Mean curves over games, with Student's intervals of 95 %.

        value = mean over games of (t(x_k) - t(x_0)) / scale

    Args:
        curves: by fill, see `rlxai.trust.faithfulness.flip_curves`.
        games: which game each state is from, str (N,).
        scale: standard deviation of the target over the states; where it is NaN, so are all values.

    Returns:
        Columns `COLUMNS`: one row per fill, way (deletion, insertion) and number of pixels flipped.
    """
    parts = []
    for fill, found in curves.items():
        for way in ("deletion", "insertion"):
            values = getattr(found, way)  # (N, K + 1)
            mean, half, number = _over_games((values - values[:, :1]) / scale, games)
            parts.append(pd.DataFrame({
                "fill": fill, "way": way, "pixels": found.counts, "value": mean, "low": mean - half,
                "high": mean + half, "games": number,
            }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _over_games(values: np.ndarray, games: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Mean (K + 1,) over games and half of its interval, NaN of a single game, from values (N, K + 1)."""
    means = np.stack([values[games == game].mean(axis=0) for game in np.unique(games)])
    n = len(means)
    if n < 2:
        return means.mean(axis=0), np.full(values.shape[1], np.nan), n
    half = student.ppf((1 + LEVEL) / 2, n - 1) * means.std(axis=0, ddof=1) / sqrt(n)
    return means.mean(axis=0), half, n
