"""Sheets: many units with a row of small pictures each, as one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from rlxai.features.picture import mosaic, offsets

_GAP = 3


@dataclass(frozen=True, eq=False)
class Strip:
    """One unit: what it is called, and its pictures."""

    label: str
    pictures: Sequence[np.ndarray | None]
    """uint8 (h, w, 3) each."""


def sheet(
    strips: Sequence[Strip],
    headings: Sequence[str],
    *,
    title: str,
    caption: str,
    columns: int = 2,
    side: int = 48,
    breaks: Sequence[int] = (),
) -> Figure:
    """Draw strips below each other in some columns.

    Args:
        strips: in the order of reading, down the first column.
        headings: above the pictures, one each; empty for none.
        title: of the figure.
        caption: below, what is seen and what it cannot show.
        columns: of strips.
        side: of a picture in pixels.
        breaks: columns of pictures before which the gap is wider.
    """
    columns = max(1, min(columns, len(strips)))
    length = -(-len(strips) // columns)
    blocks = [strips[start : start + length] for start in range(0, len(strips), length)]
    most = max(len(strip.pictures) for strip in strips)
    lefts = offsets(most, side, _GAP, breaks)
    width, height = lefts[-1] + side, length * (side + _GAP)
    inches = 1 / 100
    margin = 92
    figure = Figure(figsize=((width + margin) * len(blocks) * inches + 0.2, height * inches + 1.25))
    figure.suptitle(title, fontsize=11, y=1 - 0.16 / figure.get_figheight(), va="top")
    total = figure.get_figwidth()
    for index, block in enumerate(blocks):
        picture = mosaic([strip.pictures for strip in block], side, _GAP, breaks)
        left = (index * (width + margin) + margin) * inches / total
        shown_height, shown_width = picture.shape[0] * inches, picture.shape[1] * inches
        bottom = 0.45 + (height * inches - shown_height)
        axis = figure.add_axes((
            left, bottom / figure.get_figheight(), shown_width / total, shown_height / figure.get_figheight()
        ))  # fmt: skip
        axis.imshow(picture, interpolation="nearest", aspect="auto")
        axis.set_axis_off()
        for row, strip in enumerate(block):
            axis.text(-6, row * (side + _GAP) + side / 2, strip.label, ha="right", va="center", fontsize=7)
        for column, heading in enumerate(headings):
            axis.text(lefts[column] + side / 2, -6, heading, ha="center", va="bottom", fontsize=6.5)
    figure.text(0.01, 0.1 / figure.get_figheight(), caption, fontsize=7.5, color="0.3", va="bottom")
    return figure


def save_picture(figure: Figure, folder: Path, name: str, *, dpi: int = 130) -> None:
    """Write NAME.png, of a figure made of pixels; equal figures are equal files."""
    figure.savefig(folder / f"{name}.png", dpi=dpi, metadata={"Software": None})
