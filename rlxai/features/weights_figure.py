"""Kernels over training, and feature maps of one state, as figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure


def change_figure(table: pd.DataFrame, *, title: str) -> Figure:
    """Share of energy that sees changes, and how direction-selective kernels are, over training beside random networks.

    Args:
        table: rows of all snapshots and random networks: step, control, unit, norm, change, right, down.
        title: of the figure.
    """
    agent = table[table.control == "none"]
    random = table[table.control == "random"]
    unit, words = (1e6, "million decisions") if agent.step.max() >= 1_000_000 else (1e3, "thousand decisions")
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    for axis, column, label in zip(
        figure.subplots(1, 3),
        ("change", "right", "down"),
        (
            "change: 1 sees motion only, 0 stands still",
            "left (-1) or right (+1)",
            "up (-1) or down (+1)",
        ),
        strict=True,
    ):
        if len(random):
            low, high = random[column].quantile([0.05, 0.95])
            axis.axhspan(low, high, color="0.85", linewidth=0, label="random networks, middle 90 %")
        steps = agent.step / unit
        size = 3 + 25 * (agent.norm / agent.groupby("step").norm.transform("max")) ** 2
        axis.scatter(steps, agent[column], s=size, color="#0072b2", alpha=0.45, linewidths=0, label="a unit (by norm)")
        medians = agent.groupby("step")[column].median()
        axis.plot(medians.index / unit, medians, color="0.15", linewidth=1.2, label="median")
        axis.set(xlabel=f"training ({words})", ylim=(-0.02 if column == "change" else -1.02, 1.02))
        axis.set_title(label, fontsize="medium")
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.25, linewidth=0.5)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(title)
    return figure


def maps_figure(frame: np.ndarray, layers: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str) -> Figure:
    """One state and the most active maps of each layer, each layer on one scale.

    Args:
        frame: uint8 (H, W, 3), the state.
        layers: layer -> indices of units (M,), and their maps float (M, h, w), not negative.
        title: of the figure.
    """
    most = max(len(units) for units, _ in layers.values())
    half = -(-most // 2)
    figure = Figure(figsize=(1.02 * half + 2.6, 2.3 * len(layers) + 0.7), layout="constrained")
    left, right = np.asarray(figure.subfigures(1, 2, width_ratios=(2.4, 1.02 * half)))
    axis = left.subplots()
    axis.imshow(frame, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    axis.set_title("blue: oldest frame, orange: now", fontsize="small")
    axis.set_anchor("N")
    axes = right.subplots(2 * len(layers), half, squeeze=False)
    for axis in axes.ravel():
        axis.set_axis_off()
    for row, (name, (units, maps)) in enumerate(layers.items()):
        limit = float(maps.max()) or 1.0
        for index, (unit, values) in enumerate(zip(units, maps, strict=True)):
            axis = axes[2 * row + index // half, index % half]
            axis.imshow(values, cmap="magma", vmin=0, vmax=limit, interpolation="nearest")
            axis.set_title(f"{name}: {unit}", fontsize=6.5, pad=2)
    figure.suptitle(title, fontsize="medium")
    return figure
