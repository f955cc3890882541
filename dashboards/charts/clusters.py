"""Charts of the Clusters page: maps in the plane, eigenvalues, clusters over training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboards.charts import axes
from dashboards.readers.clusters import cluster_name

BOX, POINT = "box", "point"
"""Names of the selections: a range of x and y, and the row of one map."""


_LEGEND = alt.Legend(orient="bottom", columns=2, title=None, labelLimit=330, symbolOpacity=1, symbolSize=70)


def colour_of(clusters: Sequence[dict[str, Any]], legend: alt.Legend | None = None) -> alt.Color:
    """Colour by the name of the cluster."""
    names = [cluster_name(cluster) for cluster in clusters]
    return alt.Color("name:N", scale=alt.Scale(domain=names, range=list(axes.CLUSTERS[: len(names)])), legend=legend)


def plane_chart(maps: pd.DataFrame, clusters: Sequence[dict[str, Any]]) -> alt.Chart:
    """Each map as a point; click one, or draw a box.

    Args:
        maps: columns row, step, episode, decision, cluster, x, y, shown (whether it is drawn in full).
        clusters: index and name of each.
    """
    names = [cluster_name(cluster) for cluster in clusters]
    shown = maps.assign(name=[names[cluster] for cluster in maps["cluster"]])
    none = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_point(filled=True, size=34)
        .encode(
            alt.X("x:Q", axis=none, scale=alt.Scale(zero=False)),
            alt.Y("y:Q", axis=none, scale=alt.Scale(zero=False)),
            colour_of(clusters, _LEGEND),
            opacity=alt.condition("datum.shown", alt.value(0.85), alt.value(0.08)),
            tooltip=[
                alt.Tooltip("name:N", title="cluster"), alt.Tooltip("step:Q", format=","), "decision:Q",
                alt.Tooltip("episode:N", title="game"),
            ],
        )
        .add_params(
            alt.selection_interval(name=BOX, encodings=["x", "y"]),
            alt.selection_point(name=POINT, fields=["row"], on="click"),
        )
        .properties(height=500)
    )  # fmt: skip
    return chart


def inside(maps: pd.DataFrame, selection: dict[str, Any]) -> pd.DataFrame:
    """The maps that a selection of `plane_chart` holds; all columns of `maps`, no rows where nothing is selected."""
    rows = [point.get("row") for point in selection.get(POINT) or [] if isinstance(point, dict)]
    if rows:
        return maps[maps["row"].isin(rows)]
    box = selection.get(BOX) or {}
    if not {"x", "y"} <= set(box):
        return maps.iloc[:0]
    within = np.ones(len(maps), bool)
    for axis in ("x", "y"):
        low, high = sorted(box[axis])
        within &= maps[axis].between(low, high).to_numpy()
    return maps[within]


def spectrum_chart(eigenvalues: np.ndarray, clusters: int) -> axes.Layered:
    """Smallest eigenvalues of the graph's Laplacian; the largest gap tells how many clusters there are."""
    data = pd.DataFrame({"number": np.arange(1, len(eigenvalues) + 1), "value": eigenvalues})
    gap = pd.DataFrame([{"from": clusters, "to": clusters + 1}])
    x = alt.X("number:Q", title="number", axis=alt.Axis(format="d", tickMinStep=1, grid=False))
    base = alt.Chart(data).encode(x, alt.Y("value:Q", title="eigenvalue λ"), tooltip=["number:Q", "value:Q"])
    return alt.layer(
        alt.Chart(gap)
        .mark_rect(opacity=0.25, color=axes.ORANGE)
        .encode(alt.X("from:Q", title="number"), alt.X2("to:Q")),
        base.mark_line(color=axes.GREY, strokeWidth=1.4),
        base.mark_point(color=axes.GREY, filled=True, size=36, opacity=1),
    ).properties(height=190)


def share_chart(shares: pd.DataFrame, clusters: Sequence[dict[str, Any]]) -> alt.Chart:
    """Share of the maps of each snapshot that each cluster has.

    Args:
        shares: columns step, cluster, share.
        clusters: index and name of each.
    """
    names = [cluster_name(cluster) for cluster in clusters]
    shown = shares.assign(name=[names[cluster] for cluster in shares["cluster"]])
    tip = [
        alt.Tooltip("name:N", title="cluster"), alt.Tooltip("step:Q", format=","),
        alt.Tooltip("share:Q", format=".0%", title="share of maps"),
    ]  # fmt: skip
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_area(opacity=0.85)
        .encode(
            axes.steps(int(shown["step"].max())),
            alt.Y("share:Q", stack="zero", title="share of maps", axis=alt.Axis(format="%", tickCount=5),
                  scale=alt.Scale(domain=[0, 1])),
            colour_of(clusters), order=alt.Order("cluster:Q"), tooltip=tip,
        )
        .properties(height=190)
    )  # fmt: skip
    return chart
