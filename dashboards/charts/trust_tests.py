"""Charts of single tests: randomised layers, curves of deletion and insertion, and the agent under small changes."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboards.charts import axes
from dashboards.charts.trust import names_axis
from rlxai.strategy.claims.words import number

CONTROLS = {"random": [1, 0], "edges": [5, 3]}
"""Orders that know nothing of the network, with their dashes; drawn in grey."""
_SERIES = (axes.ORANGE, axes.BLUE, axes.ROSE, axes.GREEN, axes.VIOLET, "#5d6ad1", "#a6522a")
_DASHES = ([1, 0], [6, 2], [2, 2], [8, 2, 2, 2])


def randomised_table(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """What is left of the maps: columns method, panel, place, label, value, said.

    Args:
        rows: columns method, score, value, low, high with scores sanity/MEASURE/TEST/PLACE.
        measure: rank-used, rank or ssim.
    """
    head = f"sanity/{measure}/"
    mine = rows[rows["score"].str.startswith(head) & rows["value"].notna()]
    rest = mine["score"].str.removeprefix(head)
    numbers = rest.str.extract(r"independent/(\d+)")[0].dropna().astype(int)
    deepest = int(numbers.max()) if len(numbers) else 0
    found = []
    for row, name in zip(mine.to_dict("records"), rest, strict=True):
        test, _, place = name.partition("/")
        number_ = deepest if place == "all" else int(place or 1)
        found.append({
            "method": row["method"], "panel": _PANELS[test], "place": number_,
            "label": _label(test, number_, deepest), "value": row["value"],
            "said": f"{number(row['value'])} ({number(row['low'])} to {number(row['high'])})",
        })  # fmt: skip
    return pd.DataFrame(found, columns=["method", "panel", "place", "label", "value", "said"])


def randomised_chart(table: pd.DataFrame, methods: Sequence[str], panel: str) -> axes.Layered:
    """Methods by layers of one test: the stronger the colour, the more of the map stays; blue where it turns over.

    Args:
        table: see `randomised_table`.
        methods: in order.
        panel: which of the tests, see `PANELS`.
    """
    mine = table[table["panel"] == panel].sort_values("place")
    shown = mine.assign(text=[f"{value:.2f}".replace("0.", ".") for value in mine["value"]])
    order = list(dict.fromkeys(shown["label"]))
    first = panel == PANELS[0]
    base = alt.Chart(shown).encode(
        alt.X(
            "label:N",
            sort=order,
            title=None,
            axis=alt.Axis(labelAngle=0, orient="top", labelOverlap=False, labelFlush=False),
        ),
        alt.Y("method:N", sort=list(methods), title=None, axis=names_axis() if first else None),
        tooltip=["method:N", alt.Tooltip("label:N", title="drawn anew"), alt.Tooltip("said:N", title="what stays")],
    )
    strong = alt.Opacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.03, 0.9]))
    return alt.layer(
        base.transform_calculate(strength="abs(datum.value)")
        .mark_rect(cornerRadius=2)
        .encode(color=alt.condition("datum.value < 0", alt.value(axes.BLUE), alt.value("#d55e00")), opacity=strong),
        base.mark_text(fontSize=10.5).encode(text="text:N"),
    ).properties(title=alt.TitleParams(panel, offset=6), height=alt.Step(20))


def curves_chart(curves: pd.DataFrame, methods: Sequence[str], way: str) -> axes.Layered:
    """The target while pixels are deleted or inserted in the order of each method.

    Args:
        curves: of one snapshot, target and fill: columns method, way, pixels, value, low, high.
        methods: drawn in colour, in order; the controls stand in grey beside them.
        way: deletion or insertion.
    """
    mine = curves[(curves["way"] == way) & (curves["pixels"] > 0)]
    drawn = [*methods, *(name for name in CONTROLS if name in set(mine["method"]))]
    mine = mine[mine["method"].isin(drawn)]
    colours = [axes.GREY if name in CONTROLS else _SERIES[i % len(_SERIES)] for i, name in enumerate(drawn)]
    dashes = [CONTROLS.get(name, _DASHES[i % len(_DASHES)]) for i, name in enumerate(drawn)]
    legend = alt.Legend(
        orient="bottom", title=None, columns=4, labelLimit=200, symbolSize=300, symbolType="stroke", symbolOpacity=1
    )
    colour = alt.Color("method:N", sort=drawn, legend=legend, scale=alt.Scale(domain=drawn, range=colours))
    dash = alt.StrokeDash("method:N", sort=drawn, legend=legend, scale=alt.Scale(domain=drawn, range=dashes))
    last = int(mine["pixels"].max()) if len(mine) else 1
    x = alt.X(
        "pixels:Q", title="pixels flipped", scale=alt.Scale(type="log", domain=[4, last], nice=False),
        axis=alt.Axis(values=[4, 10, 40, 100, 400, 1000, 4000], format=",d", grid=False),
    )  # fmt: skip
    y = axes.value_axis(None, axes.limits_of([mine[["value", "low", "high"]]], log=False, include=0.0))
    tip = [
        "method:N", "pixels:Q", alt.Tooltip("value:Q", format=".3g"),
        alt.Tooltip("low:Q", format=".3g", title="95 % from"), alt.Tooltip("high:Q", format=".3g", title="to"),
    ]  # fmt: skip
    base = alt.Chart(mine).encode(x)
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=axes.GREY, opacity=0.6)
    return alt.layer(
        zero.encode(alt.Y("value:Q", **y)),
        base.mark_area(opacity=0.1).encode(alt.Y("low:Q", **y), alt.Y2("high:Q"), colour),
        base.mark_line(strokeWidth=1.9).encode(alt.Y("value:Q", **y), colour, dash),
        base.mark_point(size=40, opacity=0, filled=True).encode(alt.Y("value:Q", **y), tooltip=tip),
    ).properties(title=axes.title_of(way, _WAYS[way]), height=360)  # fmt: skip


def changes_chart(rows: pd.DataFrame, last: int, title: str, measured: str) -> axes.Layered:
    """Shares over training, a line for each kind.

    Args:
        rows: columns step, kind, value, low, high.
        last: step at which the axis ends.
        title: of the chart.
        measured: what the share is of.
    """
    kinds = list(dict.fromkeys(rows["kind"]))
    legend = alt.Legend(
        orient="right", title=None, labelLimit=260, symbolSize=300, symbolType="stroke", symbolOpacity=1
    )
    scale = alt.Scale(domain=kinds, range=[_SERIES[i % len(_SERIES)] for i in range(len(kinds))])
    dashes = alt.Scale(domain=kinds, range=[_DASHES[i // 2 % len(_DASHES)] for i in range(len(kinds))])
    y = axes.value_axis(None, (0.0, 1.0))
    tip = [
        "kind:N", alt.Tooltip("step:Q", format=","), alt.Tooltip("value:Q", format=".2f"),
        alt.Tooltip("low:Q", format=".2f", title="95 % from"), alt.Tooltip("high:Q", format=".2f", title="to"),
    ]  # fmt: skip
    base = alt.Chart(rows).encode(axes.steps(last))
    colour = alt.Color("kind:N", sort=kinds, scale=scale, legend=legend)
    line = base.encode(colour, alt.StrokeDash("kind:N", sort=kinds, scale=dashes, legend=legend), alt.Y("value:Q", **y))
    return alt.layer(
        base.mark_area(opacity=0.1).encode(alt.Y("low:Q", **y), alt.Y2("high:Q"), colour),
        line.mark_line(strokeWidth=1.8),
        base.mark_point(size=30, filled=True, opacity=1).encode(alt.Y("value:Q", **y), colour, tooltip=tip),
    ).properties(title=axes.title_of(title, measured), height=340)


PANELS = ("from the output down", "one layer alone", "two random")
_PANELS = dict(zip(("cascading", "independent", "unrelated"), PANELS, strict=True))
_WAYS = {
    "deletion": "change of the target in spreads; a faithful map makes it fall early",
    "insertion": "change of the target in spreads; a faithful map makes it rise early",
}


def _label(test: str, place: int, deepest: int) -> str:
    if test == "unrelated":
        return "networks"
    if test == "cascading":
        return "output" if place == 1 else "all" if place == deepest else f"top {place}"
    return "output" if place == 1 else "input" if place == deepest else f"{place}"
