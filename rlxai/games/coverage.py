"""From screen pixels to the cells of a plane."""

from __future__ import annotations

import cv2
import numpy as np


def coverage(pixels: np.ndarray, size: int) -> np.ndarray:
    """Share of each cell of a plane that is set: what cv2's INTER_AREA makes of the pixels.

    Args:
        pixels: bool (210, 160).
        size: height and width of the plane.

    Returns:
        float32 (size, size) in [0, 1].
    """
    covered = cv2.resize(pixels.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    within: np.ndarray = np.minimum(covered, np.float32(1))  # rounding can exceed 1
    return within
