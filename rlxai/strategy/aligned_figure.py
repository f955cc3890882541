"""The figure of relevance around events: events x objects, a few snapshots, each beside its control."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from rlxai.strategy.figure import shown_objects

COLOURS = ("#e69f00", "#009e73", "#0072b2")
"""Of snapshots, by step: of Okabe and Ito's palette."""


def shown_steps(table: pd.DataFrame) -> list[int]:
    """The first and the last snapshot, and of those between them the one in whose games most kinds of events happen.

    Of several such it is the one with most events. Columns of the table are those of `aligned_figure`.
    """
    steps = sorted(set(table.step))
    counts = table.groupby(["step", "event"]).events.max().unstack(fill_value=0)
    between = sorted(steps[1:-1], key=lambda step: ((counts.loc[step] > 0).sum(), counts.loc[step].sum(), step))
    return sorted({steps[0], *between[-1:], steps[-1]})


def aligned_figure(table: pd.DataFrame, *, title: str) -> Figure:
    """Draw the lift around events.

    Args:
        table: columns step, event, offset, object, measure, value, low, high, control, events.
        title: of the figure.
    """
    steps = shown_steps(table)
    shown = table[(table.measure == "lift") & table.step.isin(steps)]
    drawn = shown[shown.value > 0]
    counts = drawn.groupby(["event", "step"], sort=False).events.max().unstack(fill_value=0)
    counts = counts.reindex(columns=steps, fill_value=0)
    objects = shown_objects(drawn.object)
    figure = Figure(figsize=(12, 1.4 + 2.1 * max(1, len(counts))), layout="constrained")
    figure.suptitle(title)
    if not objects:
        figure.text(0.5, 0.5, "no event in these games", ha="center", color="0.4")
        return figure
    axes = figure.subplots(len(counts), len(objects), squeeze=False, sharex=True, sharey="col")
    for row, event in zip(axes, counts.index, strict=True):
        for axis, name in zip(row, objects, strict=True):
            mine = shown[(shown.event == event) & (shown.object == name)]
            for step, colour in zip(steps, COLOURS, strict=False):
                _line(axis, mine[mine.step == step].sort_values("offset"), colour)
            _frame(axis)
        n = ", ".join(str(int(counts.loc[event, step])) for step in steps)
        row[0].set_ylabel(f"{event.replace('-', ' ')}\n(n = {n})\nlift")
    for axis, name in zip(axes[0], objects, strict=True):
        axis.set_title(name.replace("-", " "), fontweight="bold")
    for axis in axes[-1]:
        axis.set_xlabel("decisions after the event")
    lines = [Line2D([], [], color=colour, label=f"step {step:,}") for step, colour in zip(steps, COLOURS, strict=False)]
    lines.append(Line2D([], [], color="0.3", linestyle=":", label="random decisions of the same games"))
    figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), frameon=False)
    return figure


def _line(axis: Axes, rows: pd.DataFrame, colour: str) -> None:
    value = rows.value.where(rows.value > 0)  # the axis is logarithmic
    floor = 0.2 * value.min()
    axis.fill_between(rows.offset, np.maximum(rows.low, floor), rows.high, color=colour, alpha=0.18, linewidth=0)
    axis.plot(rows.offset, value, color=colour, linewidth=1.4)
    axis.plot(rows.offset, rows.control, color=colour, linewidth=1, linestyle=":")


def _frame(axis: Axes) -> None:
    axis.axvline(0, color="0.3", linewidth=0.8)
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25, linewidth=0.5)
