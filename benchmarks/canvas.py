"""A figure laid out in pixels, so that pictures keep their own and text stands where it is put."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from rlxai.replay import colour

DPI = 100
LEGEND = 46
"""Height of the legend."""
SIGNED = "against the target, nothing, for it"
POSITIVE = "nothing to much, where methods have no sign"


class Canvas:
    """An empty white figure.

    Args:
        width: in pixels.
        height: in pixels.
    """

    def __init__(self, width: float, height: float) -> None:
        self._size = width, height
        self.figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)

    def text(self, x: float, y: float, text: str, size: float, align: str = "left", *, bold: bool = False) -> None:
        """One line, `y` its middle, counted from the top."""
        weight = "bold" if bold else "normal"
        self.figure.text(
            x / self._size[0], 1 - y / self._size[1], text, fontsize=size, ha=align, va="center", weight=weight
        )

    def picture(self, picture: np.ndarray, x: float, y: float, size: tuple[int, int]) -> Axes:
        """uint8 RGB with its top left corner at (x, y), scaled to (width, height)."""
        width, height = self._size
        axes = self.figure.add_axes((x / width, 1 - (y + size[1]) / height, size[0] / width, size[1] / height))
        axes.imshow(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), interpolation="nearest")
        axes.axis("off")
        return axes

    def legend(self) -> None:
        """What the colours mean, along the bottom."""
        bar, y = (110, 12), self._size[1] - LEGEND / 2
        for x, signed, words in ((16, True, SIGNED), (self._size[0] / 2 + 16, False, POSITIVE)):
            table = colour.lut(colour.default_for(signed))
            ramp = (table if signed else table[colour.LEVELS :])[None]
            self.picture(np.repeat(ramp, 4, axis=0), x, y - bar[1] / 2, bar)
            self.text(x + bar[0] + 8, y, words, 8.5)

    def save(self, path: Path) -> None:
        """Write a PNG, without the date and the program's name: equal pictures are equal bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = BytesIO()
        self.figure.savefig(drawn, format="png", dpi=DPI)
        Image.open(drawn).convert("RGB").save(path, optimize=True)
