"""Which relevance gets the full colour: one symmetric scale per episode, or one per frame.

The scale s maps relevance to v = clip(R / s, -1, 1). One scale per episode is the default: measured on Breakout, the
maximum of a single frame jumps by 14 to 23 % (95th percentile) between neighbouring decisions, which shows as flicker
and inflates the noise of dull frames to full colour. The 99.9th percentile of |R| keeps one outlier
from hiding the rest.
"""

from __future__ import annotations

import numpy as np


def episode_scale(p999: float, maximum: float) -> float:
    """One scale for an episode: p99.9 of |R|, or the maximum where relevance is so sparse that p99.9 is zero."""
    return p999 if p999 > 0 else maximum


def frame_scales(relevance: np.ndarray) -> np.ndarray:
    """A scale per frame, s_n = max |R_n| over finite values: (n, H, W) -> float64 (n,). Frames cannot be compared."""
    return np.asarray(np.abs(np.where(np.isfinite(relevance), relevance, 0)).max(axis=(1, 2)), np.float64)
