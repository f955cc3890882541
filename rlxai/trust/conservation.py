"""Conservation: do the pixels and what the layers kept add up to the target?

    error = |Σ R + Σ kept - t| / Σ_a |w_a q_a|            kept: by biases, stabilisers, a baseline, a quadrature
    kept  = |Σ kept| / (|Σ R| + |Σ kept|)

Completeness (Sundararajan et al. 2017, arXiv 1703.01365, section 3) and conservation (Bach et al. 2015) with the bias
ledger: without it the sum of the pixels alone measures the biases of the agent. The sum says nothing of where the
relevance rests.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from rlxai.trust.maps import Maps


def conservation(maps: Maps, outputs: Tensor, weights: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Error and kept share of every state, float64 (N,); NaN for methods without an account.

    Args:
        maps: with their account.
        outputs: of the network (N, A).
        weights: of the target (N, A).
    """
    if maps.kept is None:
        nothing = np.full(len(maps.relevance), np.nan)
        return nothing, nothing
    parts = (weights * outputs).double().numpy()  # (N, A)
    pixels = maps.relevance.sum(axis=(1, 2, 3), dtype=np.float64)
    error = _ratio(np.abs(pixels + maps.kept - parts.sum(axis=1)), np.abs(parts).sum(axis=1))
    return error, _ratio(np.abs(maps.kept), np.abs(pixels) + np.abs(maps.kept))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return ratio
