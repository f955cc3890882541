"""Scores without an object or without units, as bars from the whole agent's score."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

_COLOURS = {"whole": "0.25", "blind": "#0072b2", "elsewhere": "0.65", "units": "#d55e00", "random units": "0.65"}


def effects_figure(table: pd.DataFrame, *, title: str, caption: str) -> Figure:
    """Draw the table of `rlxai.features.effects.effects` with a column `kind`.

    Args:
        table: one row per condition; kind is whole, blind, elsewhere, units or random units.
        title: of the figure.
        caption: below it.
    """
    figure = Figure(figsize=(9.5, 0.27 * len(table) + 1.7), layout="constrained")
    axis = figure.subplots()
    places = range(len(table))[::-1]
    for place, row in zip(places, table.to_dict("records"), strict=True):
        colour = _COLOURS[str(row["kind"])]
        axis.barh(place, row["score"], color=colour, alpha=0.55, height=0.7)
        axis.plot([row["low"], row["high"]], [place, place], color="0.15", linewidth=1.2)
        if row["kind"] != "whole":
            words = f"{row['difference']:+.0f} ({row['difference_low']:+.0f} to {row['difference_high']:+.0f})"
            clear = row["difference_high"] < 0 or row["difference_low"] > 0
            axis.annotate(
                words, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8,
                fontweight="bold" if clear else "normal", annotation_clip=False,
            )  # fmt: skip
    axis.axvline(float(table.score.iloc[0]), color="0.25", linewidth=0.8, linestyle=":")
    axis.set_yticks(list(places), list(table.condition), fontsize=8)
    low, high = (float(found) for found in (table[["score", "low"]].min().min(), table[["score", "high"]].max().max()))
    axis.set_xlim(min(low, 0.0), max(high, 0.0) * 1.03 if high > low else low + 1)
    axis.set_ylim(-0.6, len(table) - 0.4)
    axis.set_xlabel("mean score, 95 % interval over games; on the right the difference paired by seed, bold if clear")
    axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    figure.supxlabel(caption, fontsize="small", color="0.3", wrap=True)
    return figure
