"""The matrix of agreement between methods."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboards.charts import axes


def agreement_chart(table: pd.DataFrame, order: Sequence[str]) -> axes.Layered:
    """Rank correlations from -1 (blue) over 0 (no colour) to 1 (orange).

    Args:
        table: columns first, second, correlation.
        order: of the methods.
    """
    shown = table.assign(
        text=[
            "" if pd.isna(value) else f"{round(value, 2) + 0.0:.2f}".replace("0.", ".")
            for value in table["correlation"]
        ]
    )
    x = alt.X(
        "second:N",
        sort=list(order),
        title=None,
        axis=alt.Axis(labelAngle=-45, labelLimit=200, labelOverlap=False, labelFlush=False, orient="bottom"),
    )
    y = alt.Y("first:N", sort=list(order), title=None, axis=alt.Axis(labelLimit=200, labelFlush=False))
    base = alt.Chart(shown).encode(
        x, y, tooltip=["first:N", "second:N", alt.Tooltip("correlation:Q", format=".3f", title="rank correlation")]
    )
    side = 30
    strong = alt.Opacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.02, 0.95]))
    layers: list[alt.Chart] = [
        base.transform_calculate(strength="isValid(datum.correlation) ? abs(datum.correlation) : 0")
        .mark_rect(cornerRadius=2)
        .encode(
            color=alt.condition("datum.correlation < 0", alt.value(axes.BLUE), alt.value(axes.ORANGE)), opacity=strong
        )
    ]
    if len(order) <= 20:  # more would not be readable
        layers.append(base.mark_text(fontSize=10).encode(text="text:N"))
    return alt.layer(*layers).properties(width=alt.Step(side), height=alt.Step(22))
