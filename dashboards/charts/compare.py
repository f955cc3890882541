"""Charts of the Compare page: two sides over training, their difference, and when curves change."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboards.charts import axes
from rlxai.strategy.emergence.story import STORY

_SIDES = {"A": axes.BLUE, "B": axes.ORANGE}


def side_colour() -> alt.Color:
    """Colour of A and B."""
    scale = alt.Scale(domain=list(_SIDES), range=list(_SIDES.values()))
    return alt.Color("side:N", title=None, scale=scale, legend=None)


def figure_words(figure: str, states: str) -> str:
    """A compared figure in words."""
    says = {(str(one.figure), str(one.states)): one.says for one in STORY}
    return "score" if figure == "score" else says.get((figure, states), f"{figure} ({states})")


def sides_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of one figure as columns step, side, value, low, high."""
    parts = [
        pd.DataFrame({
            "step": rows["step"], "side": side, "value": rows[key], "low": rows[f"{key}_low"],
            "high": rows[f"{key}_high"],
        })
        for side, key in (("A", "a"), ("B", "b"))
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).astype({"step": float})


def sides_chart(rows: pd.DataFrame, title: str, last: int) -> axes.Layered:
    """A and B with their intervals; rows of one figure of the table of comparison, with a step."""
    data = sides_table(rows)
    limits = axes.limits_of([data], log=False)
    y = axes.value_axis(None, limits)
    drawn = data.assign(low=data["low"].clip(*limits), high=data["high"].clip(*limits))
    shape = alt.Shape("side:N", legend=None, scale=alt.Scale(domain=list(_SIDES), range=["circle", "square"]))
    base = alt.Chart(drawn).encode(axes.steps(last, None), side_colour())
    tip = [
        "side:N", alt.Tooltip("step:Q", format=","), alt.Tooltip("value:Q", format=".3g"),
        alt.Tooltip("low:Q", format=".3g", title="95 % from"), alt.Tooltip("high:Q", format=".3g", title="to"),
    ]  # fmt: skip
    return alt.layer(
        base.mark_area(opacity=0.18).encode(alt.Y("low:Q", **y), alt.Y2("high:Q")),
        base.mark_line(strokeWidth=1.8).encode(alt.Y("value:Q", **y)),
        base.mark_point(filled=True, size=40, opacity=1).encode(alt.Y("value:Q", **y), shape, tooltip=tip),
    ).properties(title=title, height=210)


def difference_chart(rows: pd.DataFrame, last: int) -> axes.Layered:
    """A - B with its interval; filled points where it holds after adjustment."""
    data = rows[["step", "difference", "low", "high", "p_holm", "verdict"]].rename(columns={"difference": "value"})
    data = data.assign(step=data["step"].astype(float), sure=data["verdict"].isin(["A higher", "B higher"]))
    limits = axes.limits_of([data], log=False, include=0.0)
    drawn = data.assign(low=data["low"].clip(*limits), high=data["high"].clip(*limits))
    y = axes.value_axis("A − B", limits)
    base = alt.Chart(drawn).encode(axes.steps(last))
    tip = [
        alt.Tooltip("step:Q", format=","), alt.Tooltip("value:Q", format=".3g", title="A − B"),
        alt.Tooltip("low:Q", format=".3g", title="95 % from"), alt.Tooltip("high:Q", format=".3g", title="to"),
        alt.Tooltip("p_holm:Q", format=".2g", title="p, adjusted"), "verdict:N",
    ]  # fmt: skip
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=axes.GREY).encode(alt.Y("value:Q", **y))
    points = [
        base.transform_filter(f"datum.sure == {str(sure).lower()}")
        .mark_point(
            color=axes.GREY, filled=sure, size=60 if sure else 20, shape="diamond" if sure else "circle", opacity=1
        )
        .encode(alt.Y("value:Q", **y), tooltip=tip)
        for sure in (False, True)
    ]
    return alt.layer(
        zero,
        base.mark_area(opacity=0.25, color=axes.GREY).encode(alt.Y("low:Q", **y), alt.Y2("high:Q")),
        base.mark_line(color=axes.GREY, strokeWidth=1.4).encode(alt.Y("value:Q", **y)),
        *points,
    ).properties(height=110)


def first_chart(emergence: pd.DataFrame, last: int) -> axes.Layered:
    """When each curve changes in A and in B, with intervals; columns of `compare_emergence`."""
    rows = [
        {
            "says": figure_words(str(row["figure"]), str(row["states"])), "side": side, "step": row[key],
            "low": row[f"{key}_low"], "high": row[f"{key}_high"], "verdict": row["verdict"], "why": row["why"],
        }
        for row in emergence.to_dict("records")
        for side, key in (("A", "a"), ("B", "b"))
    ]  # fmt: skip
    data = pd.DataFrame(rows)
    y = alt.Y("says:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, grid=True))
    offset = alt.YOffset("side:N", sort=["A", "B"])
    base = alt.Chart(data).encode(y, offset, side_colour()).transform_filter("isValid(datum.step)")
    tip = [
        "says:N", "side:N", alt.Tooltip("step:Q", format=","), alt.Tooltip("low:Q", format=",", title="from"),
        alt.Tooltip("high:Q", format=",", title="to"), alt.Tooltip("verdict:N", title="first"), "why:N",
    ]  # fmt: skip
    shape = alt.Shape("side:N", legend=None, scale=alt.Scale(domain=list(_SIDES), range=["circle", "square"]))
    return alt.layer(
        base.mark_rule(strokeWidth=2.2, opacity=0.8).encode(alt.X("low:Q"), alt.X2("high:Q")),
        base.mark_point(filled=True, size=60, opacity=1).encode(axes.steps(last), shape, tooltip=tip),
    ).properties(height=alt.Step(13))
