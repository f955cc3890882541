"""Saving figures so that equal figures are equal files."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


def save_figure(figure: Figure, folder: Path, name: str, *, dpi: int = 160) -> None:
    """Write NAME.svg and NAME.png without date, version or random identifiers in them; the layout is settled by it."""
    _settle(figure)
    with mpl.rc_context({"svg.hashsalt": "rlxai"}):
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    figure.savefig(folder / f"{name}.png", dpi=dpi, metadata={"Software": None})


def _settle(figure: Figure) -> None:
    """Compute the layout once, and round it.

    The layout's solver differs in the last bits from call to call, and an SVG names clipping areas by hashes of
    exact positions.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = axes.get_position(original=True).bounds
        axes.set_position((round(left, 5), round(bottom, 5), round(width, 5), round(height, 5)))
