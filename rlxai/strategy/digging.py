"""Digging: do the bricks go column by column, or anywhere?

A game that clears the wall has removed the same number from every column. So only the bricks up to the first tunnel
count, and they are compared with as many bricks removed by chance:

- uniform: any bricks of the wall, each subset equally likely;
- shuffled: as many of each row as were removed, in columns drawn anew. The rows below come first in any play; this
  chance has that too, and lacks only what lines the bricks up in columns.

More than chance is not yet a plan: a ball that meets a hole hits the brick above it. The scripted player, which follows
the ball and aims at nothing, has 0.16 more than shuffled. Compare with it, or with early snapshots that hit the ball.
"""

from __future__ import annotations

import numpy as np

DRAWS = 400


def gini(counts: np.ndarray) -> np.ndarray:
    """Gini coefficient over the last axis: 0 all equal, (n - 1) / n all in one; NaN where all are zero.

    G = sum_ij |x_i - x_j| / (2 n sum_i x_i), computed from the sorted values.
    """
    ordered = np.sort(np.asarray(counts, np.float64), axis=-1)
    n = ordered.shape[-1]
    total = ordered.sum(axis=-1)
    weighted = (ordered * (2 * np.arange(1, n + 1) - n - 1)).sum(axis=-1)
    coefficient: np.ndarray = np.divide(weighted, n * total, out=np.full(np.shape(total), np.nan), where=total > 0)
    return coefficient


def concentration(removed: np.ndarray) -> float:
    """Gini coefficient over columns of the bricks removed.

    Args:
        removed: bool (rows, columns).
    """
    return float(gini(removed.sum(axis=0)))


def chance(removed: np.ndarray, *, by_row: bool, seed: int = 0) -> float:
    """Mean concentration of as many bricks removed by chance, over 400 draws.

    Args:
        removed: bool (rows, columns).
        by_row: shuffled, as many of each row; otherwise uniform over the wall.
        seed: of the draws.
    """
    if not removed.any():
        return float("nan")
    generator = np.random.default_rng(seed)
    many = np.broadcast_to(removed, (DRAWS, *removed.shape))
    if by_row:
        drawn = generator.permuted(many, axis=2)
    else:
        drawn = generator.permuted(many.reshape(DRAWS, -1), axis=1).reshape(many.shape)
    return float(gini(drawn.sum(axis=1)).mean())
