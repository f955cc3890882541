"""How far maps of several methods agree: rank correlation of |R|."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from rlxai.attribution import Method, methods

QUICK = 10.0
"""Methods that cost at most so many forward passes are shown at first."""


def cost_of(method: Method) -> float:
    """Forward passes that a method costs; of one that does not say, none."""
    try:
        return float(method.cost)
    except ValueError:
        return 0.0


def quick_methods() -> list[str]:
    """Methods shown at first, in the order of the catalogue."""
    return [name for name, method in methods().items() if cost_of(method) <= QUICK]


def by_family(names: Sequence[str]) -> dict[str, list[str]]:
    """Methods by family, both in the order of the catalogue."""
    found: dict[str, list[str]] = {}
    for name, method in methods().items():
        if name in names:
            found.setdefault(method.family, []).append(name)
    return found


def agreement(maps: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Spearman's rank correlation of |R| over all pixels, for each pair of methods.

    A map that is the same everywhere has no ranks: its correlation is NaN.

    Args:
        maps: method -> float (H, W), all of one shape.

    Returns:
        Columns first, second, correlation; a row for each ordered pair, a method with itself included.
    """
    names = list(maps)
    ranks = np.array([rankdata(np.abs(maps[name]).ravel()) for name in names]).reshape(len(names), -1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    norm = np.sqrt((centred**2).sum(axis=1))
    scale = np.outer(norm, norm)
    found = np.divide(centred @ centred.T, scale, out=np.full(scale.shape, np.nan), where=scale > 0)
    return pd.DataFrame(
        [
            {"first": a, "second": b, "correlation": float(found[i, j])}
            for i, a in enumerate(names)
            for j, b in enumerate(names)
        ]
    )
