"""Saving figures so that equal figures are equal files."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


def save_figure(figure: Figure, folder: Path, name: str, *, dpi: int = 160) -> None:
    """Write NAME.svg and NAME.png without date, version or random identifiers in them."""
    with mpl.rc_context({"svg.hashsalt": "rlxai"}):
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    figure.savefig(folder / f"{name}.png", dpi=dpi, metadata={"Software": None})
