"""The figure of a spectral clustering: mean map of each cluster, eigengap, embedding, and clusters over training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rlxai.strategy.spray.clusters import Cluster
from rlxai.strategy.spray.embedding import CAUTION

COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#b0a000", "#7f7f7f", "#8c2d04",
    "#4b0082", "#005a32",
)  # fmt: skip
"""Okabe and Ito's palette first; there are never more clusters than colours."""


def spray_figure(
    table: pd.DataFrame,
    clusters: Sequence[Cluster],
    means: np.ndarray,
    eigenvalues: np.ndarray,
    *,
    title: str,
    embedding: str,
) -> Figure:
    """Draw the clusters.

    Args:
        table: one row per map: columns step, cluster, x, y.
        clusters: n of them, by index.
        means: float (n, H, W), mean map of each cluster, each map divided by its own Σ|R| before.
        eigenvalues: ascending.
        title: of the figure.
        embedding: name of what laid out the plane.
    """
    n = len(clusters)
    rows = -(-n // 6)
    figure = Figure(figsize=(13, 3.6 + 3.2 * rows), layout="constrained")
    maps, below = np.asarray(figure.subfigures(2, 1, height_ratios=(3.2 * rows, 3.6)))
    cells = maps.subplots(rows, 6, squeeze=False).ravel()
    for axis in cells[n:]:
        axis.set_axis_off()
    for cluster, axis, mean in zip(clusters, cells[:n], means, strict=True):
        _mean_map(axis, cluster, mean, share=cluster.size / len(table))
    spectrum, plane, training = below.subplots(1, 3)
    _spectrum(spectrum, eigenvalues, n)
    for cluster in clusters:
        own = table[table.cluster == cluster.index]
        plane.scatter(own.x, own.y, s=5, color=COLOURS[cluster.index], linewidths=0)
    plane.set(title=f"{embedding} of the maps", xticks=[], yticks=[])
    plane.set_xlabel(CAUTION.replace("; ", ";\n"), fontsize="small", color="0.3")
    _training(training, table, n)
    figure.suptitle(title)
    return figure


def _mean_map(axis: Axes, cluster: Cluster, mean: np.ndarray, share: float) -> None:
    limit = float(np.abs(mean).max()) or 1.0
    axis.imshow(mean, cmap="PuOr_r", vmin=-limit, vmax=limit, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(color=COLOURS[cluster.index], linewidth=3)
    lines = [f"{cluster.index}: {share:.0%} of maps", *cluster.name.split(" + ")]
    flag = ["small and apart: candidate"] if cluster.candidate else []
    axis.set_title("\n".join([*lines, *[""] * (3 - len(lines)), *flag, *[""] * (not flag)]), fontsize="medium")


def _spectrum(axis: Axes, eigenvalues: np.ndarray, n: int) -> None:
    places = np.arange(1, len(eigenvalues) + 1)
    axis.plot(places, eigenvalues, "o-", color="0.2", markersize=4)
    axis.axvspan(n, n + 1, color="#e69f00", alpha=0.3)
    axis.set(title=f"eigenvalues: the largest gap is after {n}", xlabel="number", ylabel="λ")
    axis.grid(alpha=0.25, linewidth=0.5)


def _training(axis: Axes, table: pd.DataFrame, n: int) -> None:
    shares = pd.crosstab(table.step, table.cluster, normalize="index").reindex(columns=range(n), fill_value=0.0)
    steps = shares.index.to_numpy()
    if len(steps) > 1:
        axis.stackplot(steps / 1e3, shares.to_numpy().T, colors=COLOURS[:n], alpha=0.85)
        axis.set(xlim=(steps[0] / 1e3, steps[-1] / 1e3), xlabel="training (thousand decisions)")
    else:
        axis.bar(range(n), shares.to_numpy()[0], color=COLOURS[:n])
        axis.set(xlabel="cluster", xticks=range(n))
    axis.set(title="share of maps", ylim=(0, 1))
