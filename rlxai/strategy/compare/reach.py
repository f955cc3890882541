"""When learning curves first reach a threshold, and which side does first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlxai.strategy.bootstrap import LEVEL
from rlxai.strategy.compare.replicates import Estimate, Side

COLUMNS = ("threshold", "a", "a_low", "a_high", "b", "b_low", "b_high", "difference", "low", "high", "verdict")


def reach_table(a: Side, b: Side, steps: np.ndarray, thresholds: Sequence[float] = ()) -> pd.DataFrame:
    """Steps to each threshold on both sides, and A less B: infinite if never, NaN where neither gets there.

    The step is the first at which the curve of means, linear between snapshots, is at the threshold; intervals come
    from drawn curves. Noise makes first times early, the earlier, the fewer the games. Verdicts are not adjusted for
    the number of thresholds.

    Args:
        a: a side whose snapshots all have values.
        b: the other one.
        steps: of the snapshots, increasing (T,).
        thresholds: by default a quarter, a half and three quarters of the lower of both best values.
    """
    drawn, rows = [side.widened() for side in (a, b)], []
    for threshold in thresholds or _default(a, b):
        each = [reach(curves, steps, threshold) for curves in drawn]
        first, second = (float(reach(side.estimate[None], steps, threshold)[0]) for side in (a, b))
        with np.errstate(invalid="ignore"):  # never less never
            difference, apart = np.subtract(first, second), each[0] - each[1]
        found = [Estimate(first, *limits(each[0])), Estimate(second, *limits(each[1]))]
        low, high = limits(apart)
        verdict = "A first" if high < 0 else "B first" if low > 0 else "cannot be told"
        ends = [end for one in found for end in (one.value, one.low, one.high)]
        rows.append((threshold, *ends, float(difference), low, high, verdict))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def reach(curves: np.ndarray, steps: np.ndarray, threshold: float) -> np.ndarray:
    """Step at which each curve (D, T) is first at a threshold, linear between snapshots; infinite if never."""
    above = curves >= threshold
    first = above.argmax(axis=1)
    rows, before = np.arange(len(curves)), np.maximum(first - 1, 0)
    left, right = curves[rows, before], curves[rows, first]
    share = np.divide(threshold - left, right - left, out=np.ones(len(curves)), where=right > left)
    at = steps[before] + share * (steps[first] - steps[before])
    return np.where(above.any(axis=1), np.where(first == 0, steps[0], at), np.inf)


def limits(draws: np.ndarray) -> tuple[float, float]:
    """Middle 95 % of draws (D,), at values that were drawn; NaN, which might be anything, counts against both ends."""
    out = int((1 - LEVEL) / 2 * len(draws))
    low = np.sort(np.where(np.isnan(draws), -np.inf, draws))[out]
    high = np.sort(np.where(np.isnan(draws), np.inf, draws))[-1 - out]
    return float(low), float(high)


def _default(a: Side, b: Side) -> list[float]:
    best = min(float(side.estimate.max()) for side in (a, b))
    return sorted({float(f"{best * share:.2g}") for share in (0.25, 0.5, 0.75)}) if best > 0 else []
