"""The figure of a comparison: learning curves with bands, differences below, and when curves change."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from rlxai.strategy.compare.table import SCORE
from rlxai.strategy.emergence.story import STORY

STYLES = {"A": ("#0072b2", "o"), "B": ("#d55e00", "s")}
"""Colour of Okabe and Ito's palette, and marker."""
SHOWN = (("behaviour/tracking", "own"), ("lift/visible-ball", "common"), ("behaviour/columns-opened", "own"))
"""Curves beside the score, where they are known."""


def comparison_figure(
    table: pd.DataFrame, emergence: pd.DataFrame, values: pd.DataFrame, *, title: str, score: str, intervals: str
) -> Figure:
    """Draw the score and up to three curves, the difference A - B of each below, and change points at the bottom.

    Args:
        table: of `comparison_table`.
        emergence: of `compare_emergence`.
        values: columns side, training, figure, states, step, value: of single trainings, drawn thinly if several.
        title: of the figure.
        score: what the scores are means of, in words.
        intervals: what the bands are, in words.
    """
    known = set(zip(table.figure, table.states, strict=True))
    panels = [name for name in (SCORE, *SHOWN) if name in known]
    height = 1.9 + 0.26 * len(emergence) if len(emergence) else 0.0
    figure = Figure(figsize=(max(7.0, 3.3 * len(panels)), 6.0 + height), layout="constrained")
    figure.suptitle(title)
    heights = (6.0, height) if height else (6.0,)
    parts: list[SubFigure] = list(figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0])
    grid = parts[0].add_gridspec(2, len(panels), height_ratios=(1.7, 1))
    last = max(table.step.max(), values.step.max())
    unit = (1e6, "million decisions") if last >= 1_000_000 else (1e3, "thousand decisions")
    for column, name in enumerate(panels):
        rows = table[(table.figure == name[0]) & (table.states == name[1]) & table.step.notna()]
        own = values[(values.figure == name[0]) & (values.states == name[1])]
        top, below = (parts[0].add_subplot(grid[row, column]) for row in range(2))
        _curves(top, rows, own, unit[0])
        _difference(below, rows, unit[0])
        top.set_title(_name(name, score), fontsize="medium", loc="left")
        top.tick_params(labelbottom=False)
        below.set_xlabel(f"training ({unit[1]})")
        for axis in (top, below):
            axis.set_xlim(-0.03 * last / unit[0], 1.03 * last / unit[0])
        if column == 0:
            top.set_ylabel("A and B")
            below.set_ylabel("A − B")
    if height:
        axis = parts[1].add_subplot()
        _changes(axis, emergence, unit)
        axis.set_xlim(-0.02 * last / unit[0], 1.02 * last / unit[0])
        axis.set_xlabel(f"training ({unit[1]})")
    handles = [
        *(Line2D([], [], color=c, marker=m, markersize=4.5, label=side) for side, (c, m) in STYLES.items()),
        Line2D([], [], color="0.25", marker="D", markersize=4.5, linestyle="", label="differs after Holm's adjustment"),
    ]
    parts[-1].legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, title=intervals)
    return figure


def _curves(axis: Axes, rows: pd.DataFrame, values: pd.DataFrame, unit: float) -> None:
    x = rows.step.to_numpy(float) / unit
    for side, (colour, marker) in STYLES.items():
        name = side.lower()
        single = [part for _, part in values[values.side == side].groupby("training")]
        for part in single if len(single) > 1 else []:
            axis.plot(part.step / unit, part.value, color=colour, linewidth=0.7, alpha=0.5)
        axis.fill_between(x, rows[f"{name}_low"], rows[f"{name}_high"], color=colour, alpha=0.2, linewidth=0)
        axis.plot(x, rows[name], marker=marker, color=colour, markersize=4, linewidth=1.5)
    axis.set_ylim(*_room(rows[["a", "b"]], rows[["a_low", "b_low", "a_high", "b_high"]]))
    _clean(axis)


def _difference(axis: Axes, rows: pd.DataFrame, unit: float) -> None:
    x = rows.step.to_numpy(float) / unit
    axis.axhline(0, color="0.3", linewidth=0.9)
    axis.fill_between(x, rows.low, rows.high, color="0.5", alpha=0.3, linewidth=0)
    axis.plot(x, rows.difference, color="0.25", linewidth=1.3)
    told = (rows.verdict != "cannot be told").to_numpy() & (rows.verdict != "").to_numpy()
    axis.plot(x[told], rows.difference[told], "D", color="0.25", markersize=4.5, linestyle="")
    axis.set_ylim(*_room(rows[["difference"]].assign(zero=0.0), rows[["low", "high"]]))
    _clean(axis)


def _changes(axis: Axes, emergence: pd.DataFrame, unit: tuple[float, str]) -> None:
    """A row per curve: where it changes in A and in B, with intervals; bold where one is first."""
    says = {(one.figure, one.states): one.says for one in STORY}
    for place, (_, row) in enumerate(emergence.iterrows()):
        for shift, (side, (colour, marker)) in zip((-0.16, 0.16), STYLES.items(), strict=True):
            name = side.lower()
            if np.isfinite(row[name]):
                ends = [row[f"{name}_low"] / unit[0], row[f"{name}_high"] / unit[0]]
                axis.plot(ends, [place + shift] * 2, color=colour, linewidth=1.8)
                axis.plot(row[name] / unit[0], place + shift, marker, color=colour, markersize=5)
        if row.why.startswith("no change"):
            axis.text(0.995, place, row.why, transform=axis.get_yaxis_transform(), ha="right", va="center",
                      color="0.45", fontsize="small")  # fmt: skip
    axis.set_yticks(
        range(len(emergence)),
        [says.get((row.figure, row.states), f"{row.figure}") for _, row in emergence.iterrows()],
        fontsize="small",
    )
    for label, verdict in zip(axis.get_yticklabels(), emergence.verdict, strict=True):
        told = verdict != "cannot be told"
        label.set(color=STYLES[verdict[0]][0] if told else "0.45", fontweight="bold" if told else "normal")
    axis.set_ylim(len(emergence) - 0.4, -0.6)
    axis.set_title("when curves change (bold: first in one of them)", fontsize="medium", loc="left")
    _clean(axis)


def _name(name: tuple[str, str], score: str) -> str:
    if name == SCORE:
        return f"score\n{score}"
    says = {(str(one.figure), str(one.states)): f"{one.says}\n{one.axis}" for one in STORY}
    return says.get(name, name[0])


def _room(values: pd.DataFrame, ends: pd.DataFrame) -> tuple[float, float]:
    """Axis limits that show the values, and intervals unless they reach several times as far."""
    known = values.to_numpy(float)
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    span = (high - low) or max(abs(high), 1.0)
    reach = ends.to_numpy(float)
    reach = reach[np.isfinite(reach)].clip(low - 1.5 * span, high + 1.5 * span)
    low, high = min([low, *reach]), max([high, *reach])
    edge = 0.05 * ((high - low) or span)
    return low - edge, high + edge


def _clean(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25, linewidth=0.5)
