"""What sums up a comparison: the mean over training, and how likely one side has more than the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.special import ndtri

from rlxai.strategy.bootstrap import LEVEL
from rlxai.strategy.compare.replicates import Estimate


def area_weights(steps: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Weights (T,) whose sum with a curve is its mean over training: the area under it by trapezia, over the span.

    Args:
        steps: float (T,), increasing.
        known: bool (T,); snapshots at which the curve has a value. Fewer than two have no area: all weights are 0.
    """
    weights = np.zeros(len(steps))
    at = np.flatnonzero(known)
    if len(at) > 1:
        gaps = np.diff(steps[at])
        weights[at[:-1]] += gaps / 2
        weights[at[1:]] += gaps / 2
        weights /= gaps.sum()
    return weights


def improvement(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> Estimate:
    """Probability of improvement (Agarwal et al. 2021, arXiv 2108.13264): how likely A has more than B.

        P(A > B) = mean over all pairs of [a > b] + [a = b] / 2

    Its interval is the score interval for this Mann-Whitney statistic (Newcombe 2006, Statistics in Medicine 25:559,
    method 5): all P with |P(A > B) - P| <= 1.96 sqrt(V(P)), m and n units, N = (m + n) / 2 - 1,

        V(P) = P (1 - P) [1 + N (1 - P) / (2 - P) + N P / (1 + P)] / (m n)

    A bootstrap of units of which all of A have more than all of B would never draw anything but 1.

    Args:
        a: units of A in groups, float (m_i,) each: games by training, or one group of trainings.
        b: those of B.
    """
    pairs = [np.sign(x[:, None] - y[None]).mean() / 2 + 0.5 for x, y in product(a, b) if len(x) and len(y)]
    if not pairs:
        return Estimate(np.nan)
    value, m, n = float(np.mean(pairs)), sum(map(len, a)), sum(map(len, b))
    if min(m, n) < 2:
        return Estimate(value)
    p = np.linspace(0, 1, 4001)
    larger = (m + n) / 2 - 1
    variance = p * (1 - p) * (1 + larger * (1 - p) / (2 - p) + larger * p / (1 + p)) / (m * n)
    within = p[np.abs(value - p) <= ndtri((1 + LEVEL) / 2) * np.sqrt(variance) + 1e-12]
    return Estimate(value, float(within.min(initial=value)), float(within.max(initial=value)))
