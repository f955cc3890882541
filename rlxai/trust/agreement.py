"""Agreement between methods: the mean rank correlation of their maps, state by state.

Disagreement shows that not all of them can be right (Krishna et al. 2022, arXiv 2202.01602); agreement counts for
something between methods that share little arithmetic, and for nothing between two names of one formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from rlxai.attribution.spread import drawn
from rlxai.trust.similarity import rank_correlation

TOP = 0.05
"""Share of the cells that are compared as a set."""


def agreement(maps: Mapping[str, np.ndarray]) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """Of each two methods: rank correlation of magnitudes, and overlap of the top cells, float64 (N,) each.

    Cells that both maps leave at exactly zero are left out of the correlation: methods that multiply by the input would
    agree on black pixels.

    overlap = |top_a ∩ top_b| / |top|, top: the 5 % of cells with the largest magnitude; by chance 0.05.

    Args:
        maps: relevance (N, C, H, W) by method.
    """
    tops = {name: _top(relevance) for name, relevance in maps.items()}
    return {
        (a, b): (rank_correlation(maps[a], maps[b], used=True), (tops[a] & tops[b]).sum(1) / tops[a].sum(1))
        for a, b in combinations(maps, 2)
    }


def _top(relevance: np.ndarray) -> np.ndarray:
    """Which cells are in the top, bool (N, H W)."""
    shown = np.abs(drawn(relevance)).reshape(len(relevance), -1)
    largest = np.argsort(-shown, axis=1, kind="stable")[:, : round(TOP * shown.shape[1])]
    top = np.zeros(shown.shape, bool)
    np.put_along_axis(top, largest, True, axis=1)
    return top
