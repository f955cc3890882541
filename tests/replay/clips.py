"""Pictures that tests of video write."""

from __future__ import annotations

import numpy as np

ORANGE = (220, 110, 20)


def frames(n=12, height=96, width=128):
    """A white bar that moves over two solid halves."""
    for i in range(n):
        frame = np.zeros((height, width, 3), np.uint8)
        frame[: height // 2] = ORANGE
        frame[:, 8 * i : 8 * i + 8] = 255
        yield frame
