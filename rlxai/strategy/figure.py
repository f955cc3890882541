"""The figure that tells the story over training: score, and lift of each object beside its controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

OBJECT_COLOURS = {
    "visible-ball": "#0072b2",
    "ball": "#56b4e9",
    "paddle": "#d55e00",
    "bricks": "#009e73",
    "wall": "#7f7f7f",
    "channel": "#e69f00",
    "tunnel": "#cc79a7",
    "opponent": "#009e73",
    "score": "#f0e442",
}
"""Okabe and Ito's palette, told apart under the common colour-vision deficiencies."""
CONTROLS = (
    ("random", "random networks", "0.55", None),
    ("shifted", "shifted masks", "0.8", "///"),
    ("shuffled", "masks of other decisions", "0.7", "..."),
)
"""Null control, in words, its grey and its hatching."""
_FIRST = ("visible-ball", "ball", "paddle", "tunnel", "bricks")


def shown_objects(names: Iterable[str], count: int = 4) -> list[str]:
    """The objects of a game to show where there is no room for all: the usual ones first, then others in their order.

    >>> shown_objects(("ball", "visible-ball", "paddle", "bricks", "wall", "tunnel"))
    ['visible-ball', 'paddle', 'tunnel', 'bricks']
    >>> shown_objects(("wall", "ball", "paddle", "opponent"), 3)
    ['ball', 'paddle', 'wall']
    """
    names = list(dict.fromkeys(names))
    if "visible-ball" in names:  # the ball as far as it can be seen, not also where it is hidden
        names = [name for name in names if name != "ball"]
    first = [name for name in _FIRST if name in names]
    return [*first, *(name for name in names if name not in first)][:count]


def ledger_figure(table: pd.DataFrame, scores: Mapping[int, float], *, title: str, games: str) -> Figure:
    """Score on top; below, lift on common and on own states, log axis, line at chance, bands of the controls.

    Args:
        table: long table, one row per step, states, control, draw, object and frame.
        scores: step -> mean score; may be empty.
        title: of the figure.
        games: what the scores are means of, in words.
    """
    whole = table[table.frame == "all"]
    shown = shown_objects(whole.object)
    figure = Figure(figsize=(12, 8), layout="constrained")
    grid = figure.add_gridspec(3, len(shown), height_ratios=(0.8, 1, 1))
    _score(figure.add_subplot(grid[0, :]), scores, games, unit := _step_unit(int(whole.step.max())))
    first: Axes | None = None
    for row, states in enumerate(("common", "own"), start=1):
        for column, name in enumerate(shown):
            axis = figure.add_subplot(grid[row, column], sharex=first, sharey=first)
            first = first or axis
            rows = whole[(whole.states == states) & (whole.object == name)]
            _lift(axis, rows, OBJECT_COLOURS.get(name, "#000000"), unit)
            if row == 1:
                axis.set_title(name.replace("-", " "), fontweight="bold")
            if column == 0:
                axis.set_ylabel(f"lift, {states} states")
            axis.label_outer()
    handles, labels = figure.axes[1].get_legend_handles_labels()
    handles[labels.index("agent")] = Line2D([], [], color="0.2", marker="o", markersize=3.5)  # of every colour
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(f"{title}: where the relevance rests ({whole.method.iloc[0]} of {whole.target.iloc[0]})")
    return figure


def band(rows: pd.DataFrame, control: str) -> pd.DataFrame:
    """Lowest and highest lift over the draws of a control: columns low, high; indexed by step.

    Random networks on common states are drawn once for all snapshots: their one row stands for every step.
    """
    lifts = rows[rows.control == control].groupby("step").lift
    return pd.DataFrame({"low": lifts.min(), "high": lifts.max()}).dropna()


def _lift(axis: Axes, rows: pd.DataFrame, colour: str, unit: tuple[float, str]) -> None:
    steps = np.sort(rows.step.unique())
    for control, label, grey, hatch in CONTROLS:
        limits = band(rows, control)
        if len(limits) == 1 and rows.states.iloc[0] == "common":  # drawn once for all snapshots
            limits = limits.reindex(steps, method="nearest")
        axis.fill_between(
            limits.index / unit[0], limits.low, limits.high, color=grey, alpha=0.5, hatch=hatch, linewidth=0,
            label=label,
        )  # fmt: skip
        if len(limits) == 1:  # a band of no width would not be seen
            axis.vlines(limits.index / unit[0], limits.low, limits.high, color=grey, alpha=0.5, linewidth=8)
    agent = rows[rows.control == "none"].sort_values("step")
    axis.plot(agent.step / unit[0], agent.lift, "o-", color=colour, markersize=3.5, label="agent")
    axis.axhline(1, color="0.3", linewidth=0.8, linestyle=":", label="chance")
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axis.set_xlabel(f"training ({unit[1]})")
    axis.grid(alpha=0.25, linewidth=0.5)


def _score(axis: Axes, scores: Mapping[int, float], games: str, unit: tuple[float, str]) -> None:
    steps = sorted(scores)
    axis.plot([step / unit[0] for step in steps], [scores[step] for step in steps], "s-", color="0.2", markersize=3.5)
    axis.set_ylabel("mean score")
    axis.set_title(games, fontsize="medium", loc="left", color="0.3")
    axis.set_xlabel(f"training ({unit[1]})")
    axis.grid(alpha=0.25, linewidth=0.5)
    if not scores:
        axis.text(0.5, 0.5, "no scores in this run", ha="center", transform=axis.transAxes, color="0.4")


def _step_unit(largest: int) -> tuple[float, str]:
    return (1e6, "million decisions") if largest >= 1_000_000 else (1e3, "thousand decisions")
