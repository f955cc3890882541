"""How well the best unit of each layer marks each object, over training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rlxai.strategy.figure import OBJECT_COLOURS


def detectors_figure(table: pd.DataFrame, objects: Sequence[str], *, title: str) -> Figure:
    """Rows are layers, columns objects; a curve of the best unit's IoU with its interval, and the two controls.

    Args:
        table: see `rlxai.features.detectors.detectors`.
        objects: those shown, in this order.
        title: of the figure.
    """
    layers = sorted(set(table.layer))
    unit, words = (1e6, "million decisions") if table.step.max() >= 1_000_000 else (1e3, "thousand decisions")
    figure = Figure(figsize=(2.9 * len(objects) + 0.6, 2.1 * len(layers) + 1.3), layout="constrained")
    axes = figure.subplots(len(layers), len(objects), squeeze=False, sharex=True)
    for row, layer in enumerate(layers):
        for column, name in enumerate(objects):
            axis = axes[row, column]
            rows = table[(table.layer == layer) & (table.object == name)].sort_values("step")
            _curve(axis, rows, OBJECT_COLOURS.get(name, "#5b3a8e"), unit)
            if row == 0:
                axis.set_title(name.replace("-", " "), fontweight="bold", fontsize="medium")
            if column == 0:
                axis.set_ylabel(f"{layer}\nbest unit's IoU")
            if row == len(layers) - 1:
                axis.set_xlabel(f"training ({words})")
    handles = [
        Line2D([], [], color="0.15", marker="o", markersize=3.5, label="agent, 95 % interval over games"),
        Line2D([], [], color="0.35", linestyle="--", linewidth=1, label="best under masks of other states"),
        Patch(color="0.8", linewidth=0, label="up to the best of all random networks"),
        Line2D([], [], color="0.15", marker="$n$", linestyle="", markersize=6, label="number of detectors, where any"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize="small")
    figure.suptitle(title)
    return figure


def _curve(axis: Axes, rows: pd.DataFrame, colour: str, unit: float) -> None:
    x = rows.step / unit
    axis.fill_between(x, 0, rows.random, color="0.85", linewidth=0)
    axis.plot(x, rows.shuffled, "--", color="0.35", linewidth=1)
    axis.fill_between(x, rows.low, rows.high, color=colour, alpha=0.2, linewidth=0)
    axis.plot(x, rows.iou, "o-", color=colour, markersize=3.5)
    highest = float(np.nanmax(rows[["high", "random", "shuffled"]].to_numpy(), initial=0.01))
    for at, value, count in zip(x, rows.high, rows.detectors, strict=True):
        if count:
            axis.text(at, value + 0.03 * highest, str(count), ha="center", va="bottom", fontsize=6.5, color=colour)
    axis.set_ylim(0, 1.18 * highest)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25, linewidth=0.5)
