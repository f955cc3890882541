"""The activation atlas as a picture: typical states on the left, optimised inputs on the right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from rlxai.features.atlas import Cell
from rlxai.strategy.spray.figure import COLOURS


def atlas_figure(
    cells: Sequence[Cell],
    typical: np.ndarray,
    optimised: np.ndarray,
    actions: Sequence[int],
    names: Sequence[str],
    labels: Sequence[str],
    *,
    side: int,
    title: str,
    caption: str,
) -> Figure:
    """Draw the atlas.

    Args:
        cells: M of them.
        typical: uint8 (M, h, w, 3), picture of each cell's most typical state.
        optimised: uint8 (M, h, w, 3), of the input for its mean activations.
        actions: the most frequent action of each cell, which colours its border.
        names: of the actions.
        labels: below each typical state.
        side: of the grid.
        title: of the figure.
        caption: below it.
    """
    figure = Figure(figsize=(17, 9.9))
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(0.005, 0.065, 0.995, 0.925, 0.01)
    for axis, pictures, heading, written in (
        (left, typical, "most typical state of each cell", labels),
        (right, optimised, "input optimised for each cell's mean activations", None),
    ):
        axis.set(xlim=(0, side), ylim=(side, 0), aspect="equal", xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
        axis.set_title(heading, fontsize="medium")
        for index, (cell, picture) in enumerate(zip(cells, pictures, strict=True)):
            _draw(axis, cell, picture, COLOURS[actions[index] % len(COLOURS)], written[index] if written else "")
    shown = sorted(set(actions))
    handles = [Patch(color=COLOURS[action % len(COLOURS)], label=names[action]) for action in shown]
    figure.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.97), ncols=len(shown), frameon=False)
    figure.suptitle(title, y=0.99)
    figure.text(0.5, 0.01, caption, ha="center", va="bottom", fontsize="small", color="0.3", wrap=True)
    return figure


def _draw(axis: Axes, cell: Cell, picture: np.ndarray, colour: str, label: str) -> None:
    size = 0.76
    x, y = cell.column + 0.12, cell.row + 0.02
    axis.imshow(picture, extent=(x, x + size, y + size, y), interpolation="antialiased", zorder=1)
    axis.add_patch(Rectangle((x, y), size, size, fill=False, edgecolor=colour, linewidth=2, zorder=2))
    if label:
        axis.text(x + size / 2, y + size + 0.015, label, ha="center", va="top", fontsize=4.8, linespacing=0.95)
