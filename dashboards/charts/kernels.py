"""First-layer kernels over training: how much of them sees changes, and in which direction."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboards.charts import axes
from rlxai.strategy.claims.words import number

MEASURES = (
    ("change", "change", "1 sees motion only, 0 what stands still"),
    ("right", "direction across", "left (-1) or right (+1)"),
    ("down", "direction upright", "up (-1) or down (+1)"),
)
"""Column of the table, title, and what its ends mean."""


def measure_chart(table: pd.DataFrame, column: str, title: str, words: str) -> axes.Layered:
    """Units of all snapshots as dots, their median, and the middle 90 % of random networks.

    Args:
        table: rows of snapshots and random networks: step, control, unit, norm, change, right, down.
        column: what is drawn.
        title: of the chart.
        words: what the ends of the axis mean.
    """
    agent = table[table["control"] == "none"]
    random = table.loc[table["control"] == "random", column]
    agent = agent.assign(size=agent["norm"] / agent.groupby("step")["norm"].transform("max"))
    x = axes.steps(int(agent["step"].max()), None)
    low = 0.0 if column == "change" else -1.0
    y: dict[str, Any] = {"scale": alt.Scale(domain=[low, 1.0], nice=False), "axis": alt.Axis(tickCount=5, title=None)}
    size = alt.Size("size:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[4, 60]))
    tip = [alt.Tooltip("step:Q", format=","), "unit:Q", alt.Tooltip(f"{column}:Q", format=".2f"),
           alt.Tooltip("norm:Q", format=".2f")]  # fmt: skip
    base = alt.Chart(agent).encode(x)
    layers: list[alt.Chart] = []
    if len(random):
        band = pd.DataFrame([{"low": random.quantile(0.05), "high": random.quantile(0.95)}])
        layers.append(
            alt.Chart(band)
            .mark_rect(opacity=0.22, color=axes.GREY)
            .encode(alt.Y("low:Q", **y), alt.Y2("high:Q"), x=alt.value(0), x2=alt.value("width"))
        )
    layers += [
        base.mark_point(filled=True, opacity=0.45, color=axes.BLUE, strokeWidth=0).encode(
            alt.Y(f"{column}:Q", **y), size, tooltip=tip
        ),
        base.mark_line(color=axes.ORANGE, strokeWidth=1.8).encode(alt.Y(f"median({column}):Q", **y)),
    ]
    return alt.layer(*layers).properties(title=axes.title_of(title, words), height=220)


def measure_words(table: pd.DataFrame, column: str, title: str) -> str:
    """The medians of the first and the last snapshot in words."""
    medians = table[table["control"] == "none"].groupby("step")[column].median()
    first, last = medians.index[0], medians.index[-1]
    return f"{title}: median {number(medians[first])} at step {first:,}, {number(medians[last])} at step {last:,}"
