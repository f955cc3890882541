"""Localisation: do the largest values of a map lie on an object? Judged by exact masks, against chance.

With the map as shown, M(y, x) = |Σ_c R(c, y, x)|, and an object's cells S (all cells that it covers in some stacked
frame), H W cells in all:

    hit  = 1[argmax M lies in S, or at most `TOLERANCE` cells from it]     pointing game, Zhang et al. 2018 (IJCV 126)
    rank = |top-|S| cells of M ∩ S| / |S|                                  relevance rank accuracy, Arras et al. 2022
    iou  = |top-|S| ∩ S| / |top-|S| ∪ S|                                   weak localisation at the object's own area

Chance is what a random map has: the share of cells that hit, |S| / (H W), and the IoU at that overlap. An agent need
not look at an object, and not in every state: low figures are no fault of a map, high ones no proof of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter

from rlxai.attribution.spread import drawn

TOLERANCE = 2
"""Cells; a unit of the first layer sees 8 x 8 of them."""


@dataclass(frozen=True)
class Localisation:
    """Of each state, float64 (N,); NaN where the object is not to be seen."""

    hit: np.ndarray
    hit_chance: np.ndarray
    rank: np.ndarray
    rank_chance: np.ndarray
    iou: np.ndarray
    iou_chance: np.ndarray


def localisation(relevance: np.ndarray, masks: np.ndarray) -> Localisation:
    """How well maps (N, C, H, W) point at an object with masks (N, C, H, W), coverage in [0, 1]."""
    shown = np.abs(drawn(relevance)).reshape(len(relevance), -1)  # (N, H W)
    cells: np.ndarray = np.asarray((masks > 0).any(axis=1))  # (N, H, W)
    near = np.stack([maximum_filter(one, 2 * TOLERANCE + 1) for one in cells]).reshape(len(cells), -1)
    covered = cells.reshape(len(cells), -1)
    size = covered.sum(axis=1).astype(np.float64)
    size[size == 0] = np.nan
    seen = ~np.isnan(size)
    hit = near[np.arange(len(shown)), shown.argmax(axis=1)]
    overlap = np.array([_top(*pair).sum() for pair in zip(shown, covered, strict=True)], np.float64)
    by_chance = size**2 / shown.shape[1]
    return Localisation(
        np.where(seen & (shown.max(axis=1) > 0), hit, np.nan), np.where(seen, near.mean(axis=1), np.nan),
        overlap / size, by_chance / size, overlap / (2 * size - overlap), by_chance / (2 * size - by_chance),
    )  # fmt: skip


def _top(shown: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Which of the object's cells are among as many cells of largest magnitude, none of them zero: bool."""
    count = int(covered.sum())
    largest = np.zeros_like(covered)
    largest[np.argsort(-shown, kind="stable")[:count]] = True
    inside: np.ndarray = largest & covered & (shown > 0)
    return inside
