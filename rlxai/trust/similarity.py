"""How alike two relevance maps are: Spearman's rank correlation and the structural similarity index.

Maps are compared as they are shown, R(y, x) = Σ_c R(c, y, x) over the stacked frames.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

from rlxai.attribution.spread import drawn

SIGMA, TRUNCATE = 1.5, 3.5
"""Of the Gaussian window of the SSIM: 11 x 11 pixels, as published."""
K1, K2 = 0.01, 0.03


def rank_correlation(first: np.ndarray, second: np.ndarray, *, signed: bool = False, used: bool = False) -> np.ndarray:
    """Spearman's rank correlation of two sets of maps, state by state; by default of their magnitudes.

    Magnitudes are what sanity checks compare (Adebayo et al. 2018, arXiv 1810.03292): a map and its negative point at
    the same places. It cannot show whether the places are the right ones. Equal values share a rank: two maps that are
    zero on the same black pixels correlate by these, whatever they say elsewhere, unless `used` is asked for.

    Args:
        first: relevance (N, C, H, W); its stacked frames are summed, as they are shown.
        second: likewise.
        signed: rank the values themselves instead.
        used: leave out the cells of a state in which both maps are exactly zero, which the picture alone may settle.

    Returns:
        float64 (N,), from -1 to 1; NaN where a map is the same everywhere.
    """
    a, b = (drawn(maps).reshape(len(maps), maps.shape[2] * maps.shape[3]) for maps in (first, second))  # (N, H W)
    if not signed:
        a, b = np.abs(a), np.abs(b)
    if not used:
        return _correlation(rankdata(a, axis=1), rankdata(b, axis=1))
    found = np.full(len(a), np.nan)
    for place, (one, other) in enumerate(zip(a, b, strict=True)):
        cells = (one != 0) | (other != 0)
        if cells.any():
            found[place] = _correlation(rankdata(one[cells])[None], rankdata(other[cells])[None])[0]
    return found


def structural_similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mean structural similarity (SSIM) of two sets of maps, state by state.

        SSIM = mean over pixels of (2 μ_a μ_b + c₁) (2 σ_ab + c₂) / ((μ_a² + μ_b² + c₁) (σ_a² + σ_b² + c₂))

    with means and covariances in a Gaussian window (σ = 1.5), c₁ = 0.01², c₂ = 0.03². Wang et al. 2004, IEEE Trans.
    Image Process. 13:600, eq. 13. The maps are magnitudes divided by their maximum, so that the range is 1, as in
    Adebayo et al. 2018. Two maps that are flat in most places are similar there, whatever they say elsewhere.

    Args:
        first: relevance (N, C, H, W).
        second: likewise.

    Returns:
        float64 (N,), at most 1; 1 where both maps are zero everywhere.
    """
    a, b = (_unit(np.abs(drawn(maps)).astype(np.float64)) for maps in (first, second))
    mean_a, mean_b = _window(a), _window(b)
    var_a, var_b = _window(a * a) - mean_a**2, _window(b * b) - mean_b**2
    covariance = _window(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + K1**2) * (2 * covariance + K2**2)
    below = (mean_a**2 + mean_b**2 + K1**2) * (var_a + var_b + K2**2)
    similarity: np.ndarray = (above / below).mean(axis=(1, 2))
    return similarity


def relative_change(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """‖second - first‖ / ‖first‖ of each state, float64 (N,), from relevance (N, C, H, W).

    Two unrelated maps of the same size are √2 apart. NaN where the first map is zero everywhere.
    """
    axes = tuple(range(1, first.ndim))
    norm = np.sqrt((first.astype(np.float64) ** 2).sum(axes))
    apart = np.sqrt(((second.astype(np.float64) - first) ** 2).sum(axes))
    change: np.ndarray = np.divide(apart, norm, out=np.full_like(apart, np.nan), where=norm > 0)
    return change


def _correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson's, of each row (N, M); NaN where a row is constant."""
    a, b = (rows - rows.mean(axis=1, keepdims=True) for rows in (first, second))
    norm = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    products = (a * b).sum(axis=1)
    correlation: np.ndarray = np.divide(products, norm, out=np.full(len(norm), np.nan), where=norm > 0)
    return correlation


def _unit(maps: np.ndarray) -> np.ndarray:
    largest = maps.max(axis=(1, 2), keepdims=True)
    unit: np.ndarray = np.divide(maps, largest, out=np.zeros_like(maps), where=largest > 0)
    return unit


def _window(maps: np.ndarray) -> np.ndarray:
    found: np.ndarray = gaussian_filter(maps, SIGMA, truncate=TRUNCATE, axes=(1, 2))
    return found
