"""Charts of the Embedding page: states in the plane, small planes beside it, the atlas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboards.charts import axes
from dashboards.charts.clusters import BOX, POINT

CELL = "cell"
"""Name of the selection: the number of a cell of the atlas."""
_NONE = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
_UNKNOWN = alt.value("#a0a0a0")
_LEGEND = 80
"""Pixels of an atlas' height that its legend takes."""


def plane_chart(points: pd.DataFrame, by: str, actions: Sequence[str], height: int = 500) -> alt.Chart:
    """States as points; click one, or draw a box.

    Args:
        points: see `dashboards.readers.embeddings.coloured`, with `shown` (whether a point is drawn in full).
        by: what colours tell, in words.
        actions: names, where colours tell the best action; else none.
        height: in pixels.
    """
    tip = [
        alt.Tooltip("by:N", title=by) if actions else alt.Tooltip("by:Q", title=by, format=".3~g"),
        alt.Tooltip("best:N", title="best action"), alt.Tooltip("value:Q", format=".2f"),
        alt.Tooltip("step:Q", format=","), alt.Tooltip("decision:Q", format=","), alt.Tooltip("game:N"),
    ]  # fmt: skip
    return (
        _points(points, _colour(points, by, actions, legend=True), size=34)
        .encode(tooltip=tip)
        .add_params(
            alt.selection_interval(name=BOX, encodings=["x", "y"]),
            alt.selection_point(name=POINT, fields=["row"], on="click"),
        )
        .properties(height=height)
    )  # fmt: skip


def small_chart(points: pd.DataFrame, by: str, actions: Sequence[str], title: str, trust: float) -> alt.Chart:
    """The same states in another plane, to compare with; in the same colours.

    Args:
        points: see `plane_chart`.
        by: likewise.
        actions: likewise.
        title: of the plane.
        trust: its trustworthiness.
    """
    chart: alt.Chart = _points(points, _colour(points, by, actions, legend=False), size=7).properties(
        height=190, title=axes.title_of(title, f"trustworthiness {trust:.2f}")
    )
    return chart


def _points(points: pd.DataFrame, colour: Any, size: int) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(points)
        .mark_point(filled=True, size=size, strokeWidth=0)
        .encode(
            alt.X("x:Q", axis=_NONE, scale=alt.Scale(zero=False)),
            alt.Y("y:Q", axis=_NONE, scale=alt.Scale(zero=False)),
            color=colour, opacity=alt.condition("datum.shown", alt.value(0.85), alt.value(0.13)),
        )
    )  # fmt: skip
    return chart


def _colour(points: pd.DataFrame, by: str, actions: Sequence[str], *, legend: bool) -> Any:
    if actions:
        shown = alt.Legend(orient="bottom", title=None, symbolOpacity=1, symbolSize=70, columns=6) if legend else None
        colours = [axes.CLUSTERS[index % len(axes.CLUSTERS)] for index in range(len(actions))]
        return alt.Color("by:N", scale=alt.Scale(domain=list(actions), range=colours), legend=shown)
    # A few extreme states must not take all the colours.
    low, high = points["by"].quantile([0.02, 0.98])
    scale = alt.Scale(scheme="viridis", domain=[low, high], clamp=True)
    bar = alt.Legend(orient="bottom", title=by, gradientLength=260, format=".3~s", tickCount=4) if legend else None
    known = alt.Color("by:Q", scale=scale, legend=bar)
    # What is not there has no place: such states are grey.
    return known if points["by"].notna().all() else alt.when("isValid(datum.by)").then(known).otherwise(_UNKNOWN)


def atlas_chart(cells: pd.DataFrame, actions: Sequence[str], side: int, height: int = 760) -> axes.Layered:
    """Cells of the atlas as pictures, framed in the colour of the most frequent action; click one.

    Args:
        cells: see `dashboards.readers.embeddings.cells_with_pictures`.
        actions: names of all actions.
        side: cells along each side.
        height: in pixels.
    """
    placed = cells.assign(
        left=cells["column"] + 0.1, right=cells["column"] + 0.9, top=cells["row"] + 0.02, bottom=cells["row"] + 0.82,
        middle=cells["column"] + 0.5, centre=cells["row"] + 0.42, below=cells["row"] + 0.91,
    )  # fmt: skip
    x, y = _axis([0, side]), _axis([side, 0])
    colours = [axes.CLUSTERS[index % len(axes.CLUSTERS)] for index in range(len(actions))]
    legend = alt.Legend(
        orient="top", title=None, symbolType="square", symbolStrokeWidth=3, symbolFillColor="transparent"
    )
    colour = alt.Stroke("action:N", scale=alt.Scale(domain=list(actions), range=colours), legend=legend)
    tip = [
        alt.Tooltip("action:N", title="most frequent action"), alt.Tooltip("states:Q"),
        alt.Tooltip("value:Q", format=".2f", title="mean value"), alt.Tooltip("said:N", title="apart by"),
    ]  # fmt: skip
    base = alt.Chart(placed)
    picked = alt.selection_point(name=CELL, fields=["cell"], on="click", clear=False)
    size = 0.8 * (height - _LEGEND) / side
    return alt.layer(
        base.mark_image(width=size, height=size).encode(
            alt.X("middle:Q", **x), alt.Y("centre:Q", **y), url="url:N"
        ),
        base.mark_text(fontSize=9, limit=1.22 * size, color=axes.GREY).encode(
            alt.X("middle:Q", **x), alt.Y("below:Q", **y), text="label:N"
        ),
        base.mark_rect(fill="transparent", strokeWidth=3, cornerRadius=2, cursor="pointer")
        .encode(
            alt.X("left:Q", **x), alt.Y("top:Q", **y), alt.X2("right:Q"), alt.Y2("bottom:Q"), colour, tooltip=tip
        )
        .add_params(picked),
    ).properties(height=height)  # fmt: skip


def _axis(ends: list[float]) -> dict[str, Any]:
    return {"scale": alt.Scale(domain=ends, nice=False), "axis": _NONE}
