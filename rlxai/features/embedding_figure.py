"""Embeddings side by side, each coloured by what is known of the states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rlxai.features.embedding import Plane
from rlxai.strategy.spray.figure import COLOURS

CAUTION = (
    "Distances between groups, their sizes and their shapes mean nothing in t-SNE and UMAP: compare the perplexities, "
    "and trust only what all of them show. Trustworthiness T: 1 where all neighbours in the plane are neighbours in "
    "the layer."
)


def embedding_figure(
    found: Sequence[Plane], colourings: Mapping[str, np.ndarray], names: Mapping[str, Sequence[str]], *, title: str
) -> Figure:
    """Rows are embeddings, columns colourings.

    Args:
        found: embeddings of the same N points.
        colourings: title -> (N,) numbers, NaN drawn grey; or whole numbers, where `names` has words for them.
        names: title of a colouring -> words for its numbers.
        title: of the figure.
    """
    figure = Figure(figsize=(2.7 * len(colourings) + 0.6, 2.5 * len(found) + 1.4), layout="constrained")
    axes = figure.subplots(len(found), len(colourings), squeeze=False)
    for row, plane in enumerate(found):
        for column, (heading, values) in enumerate(colourings.items()):
            axis = axes[row, column]
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_color("0.8")
            if row == 0:
                axis.set_title(heading, fontsize="medium", fontweight="bold")
            if column == 0:
                axis.set_ylabel(f"{plane.title}\nT = {plane.trust:.2f}", fontsize="small")
            words = names.get(heading)
            if words is not None:
                colour = np.array(COLOURS)[values.astype(int) % len(COLOURS)]
                axis.scatter(*plane.points.T, s=4, c=colour, linewidths=0, rasterized=True)
                if row == 0:
                    handles = [
                        Line2D([], [], marker="o", linestyle="", markersize=4, color=COLOURS[i % len(COLOURS)], label=w)
                        for i, w in enumerate(words)
                    ]
                    axis.legend(handles=handles, fontsize=6, loc="best", framealpha=0.8, handletextpad=0.1)
                continue
            known = np.isfinite(values)
            axis.scatter(*plane.points[~known].T, s=3, color="0.85", linewidths=0, rasterized=True)
            low, high = np.nanpercentile(values, [2, 98]) if known.any() else (0.0, 1.0)
            shown = axis.scatter(
                *plane.points[known].T, s=4, c=values[known], cmap="viridis", vmin=low, vmax=high, linewidths=0,
                rasterized=True,
            )  # fmt: skip
            if row == len(found) - 1:
                bar = figure.colorbar(shown, ax=axis, orientation="horizontal", shrink=0.8, pad=0.03, aspect=25)
                bar.ax.tick_params(labelsize=6)
    figure.suptitle(title)
    figure.supxlabel(CAUTION, fontsize="small", color="0.3", wrap=True)
    return figure
