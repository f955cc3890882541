"""How large the relevance of many maps is, gathered batch by batch."""

from __future__ import annotations

import numpy as np

QUANTILE = 0.999


def drawn(maps: np.ndarray) -> np.ndarray:
    """The map shown for a decision: R(y, x) = Σ_c R(c, y, x), over the stacked frames; (n, C, H, W) -> (n, H, W)."""
    return np.asarray(maps.sum(axis=1))


class Spread:
    """Extent of the drawn maps: the 99.9th percentile and the maximum of |R| over all decisions and pixels.

    The percentile equals `np.quantile(|R|, 0.999)`, with only the largest 0.1 % of all values held in memory. It gives
    the scale of a whole episode: unlike the maximum it does not let one outlier hide the rest.

    Args:
        cells: number of values that will come in all, n H W.
    """

    def __init__(self, cells: int) -> None:
        self._position = QUANTILE * (cells - 1)  # index in ascending order; between two values it is interpolated
        self._keep = cells - int(self._position)
        self._top = np.zeros(0, np.float32)

    def add(self, magnitudes: np.ndarray) -> None:
        """The next |R| of drawn maps, float32 of any shape."""
        if self._keep <= len(self._top):  # most values are below those held: only the others are worth sorting
            magnitudes = magnitudes[magnitudes > self._top.min()]
        top = np.concatenate([self._top, magnitudes.ravel()])
        self._top = np.partition(top, -self._keep)[-self._keep :] if len(top) > self._keep else top

    @property
    def p999(self) -> float:
        """99.9th percentile of |R|; 0 where nothing came."""
        if not len(self._top):
            return 0.0
        lower, upper = np.sort(self._top)[[0, min(1, len(self._top) - 1)]].tolist()
        return float(lower + self._position % 1 * (upper - lower))

    @property
    def maximum(self) -> float:
        """Largest |R|; 0 where nothing came."""
        return float(self._top.max(initial=0))
