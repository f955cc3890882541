"""Charts of units: scores with objects beside controls, over training; what things taken away cost in games."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboards.charts import axes
from rlxai.strategy.claims.words import number

_KINDS = {
    "whole": ("the whole agent", axes.GREY), "blind": ("not shown an object", axes.BLUE),
    "units": ("without units that mark an object", axes.ORANGE), "elsewhere": ("control", "#b5b5b5"),
    "random units": ("control", "#b5b5b5"),
}  # fmt: skip
_AGENT, _RANDOM, _SHUFFLED = axes.ORANGE, axes.GREY, axes.VIOLET
_NARROW = 11
_LINE = "#8c8c8c"
"""Of intervals: seen over bars, on light and on dark ground."""
_SCORE = "mean score of a game"


def objects_chart(rows: pd.DataFrame, order: Sequence[str], top: float, measure: str) -> axes.Layered:
    """Scores of one unit with each object at one snapshot; a tick at the best that place and chance give.

    Args:
        rows: rows of `dashboards.readers.units.scores` of one unit and step, with `marks`.
        order: of the objects.
        top: end of the axis.
        measure: what is scored.
    """
    shown = rows[rows["object"].isin(order)].assign(
        bound=rows[["shuffled", "random"]].max(axis=1), words=rows["name"].str.replace("-", " ")
    )
    names = [str(shown.loc[shown["object"] == one, "words"].iloc[0]) for one in order if one in set(shown["object"])]
    y = alt.Y(
        "words:N",
        sort=names,
        title=None,
        axis=alt.Axis(labelLimit=110, labelFontSize=_NARROW, labelOverlap=False, labelFlush=False, ticks=False),
    )
    x = alt.X(
        "value:Q", title=None, scale=alt.Scale(domain=[0, top], clamp=True),
        axis=alt.Axis(tickCount=3, labelFontSize=_NARROW, grid=False),
    )  # fmt: skip
    tip = [
        alt.Tooltip("words:N", title="object"), alt.Tooltip("value:Q", format=".3f", title=measure),
        alt.Tooltip("low:Q", format=".3f", title="from"), alt.Tooltip("high:Q", format=".3f", title="to"),
        alt.Tooltip("shuffled:Q", format=".3f", title="masks of other states"),
        alt.Tooltip("random:Q", format=".3f", title="random networks"), alt.Tooltip("selectivity:Q", format=".2f"),
    ]  # fmt: skip
    base = alt.Chart(shown).encode(y, tooltip=tip)
    colour = alt.condition("datum.marks", alt.value(_AGENT), alt.value("#9a9a9a"))
    layers: list[alt.Chart] = [base.mark_bar(height=7, opacity=0.75).encode(x, color=colour)]
    if shown["low"].notna().any():
        layers.append(base.mark_rule(strokeWidth=1.3, color=_RANDOM).encode(alt.X("low:Q"), alt.X2("high:Q")))
    layers.append(base.mark_tick(thickness=2, size=11, color=_SHUFFLED).encode(alt.X("bound:Q")))
    return alt.layer(*layers).properties(height=alt.Step(14), padding={"left": 2, "right": 4, "top": 2, "bottom": 0})


def history_chart(rows: pd.DataFrame, step: int, last: int, top: float) -> axes.Layered:
    """The score of one unit with one object over training; grey: up to the best of random networks.

    Args:
        rows: rows of `dashboards.readers.units.scores` of one unit and object.
        step: of the snapshot that is shown, at a dotted line.
        last: step at which the axis ends.
        top: end of the value axis.
    """
    layers = _history(rows, step, last, top)
    return alt.layer(*layers).properties(height=96, padding={"left": 2, "right": 6, "top": 2, "bottom": 0})


def _history(rows: pd.DataFrame, step: int, last: int, top: float) -> list[alt.Chart]:
    parts = ["value", "low", "high", "shuffled", "random"]
    shown = rows.assign(**{part: rows[part].clip(upper=top) for part in parts}, none=0.0)
    x = axes.steps(last, None)
    scale = alt.Scale(domain=[0, top], nice=False, clamp=True)
    y: dict[str, Any] = {"scale": scale, "axis": alt.Axis(tickCount=3, labelFontSize=_NARROW, grid=False, title=None)}
    base = alt.Chart(shown).encode(x)
    tip = [
        alt.Tooltip("step:Q", format=","), alt.Tooltip("value:Q", format=".3f", title="score"),
        alt.Tooltip("low:Q", format=".3f", title="from"), alt.Tooltip("high:Q", format=".3f", title="to"),
        alt.Tooltip("shuffled:Q", format=".3f", title="masks of other states"),
        alt.Tooltip("random:Q", format=".3f", title="random networks"),
    ]  # fmt: skip
    here = alt.Chart(pd.DataFrame({"step": [step]})).mark_rule(color=axes.GREY, strokeDash=[2, 3]).encode(x)
    return [
        base.mark_area(opacity=0.22, color=_RANDOM).encode(alt.Y("none:Q", **y), alt.Y2("random:Q")),
        here,
        base.mark_line(strokeDash=[4, 3], strokeWidth=1.2, color=_SHUFFLED).encode(alt.Y("shuffled:Q", **y)),
        base.mark_area(opacity=0.22, color=_AGENT).encode(alt.Y("low:Q", **y), alt.Y2("high:Q")),
        base.mark_line(strokeWidth=1.6, color=_AGENT).encode(alt.Y("value:Q", **y)),
        base.mark_point(size=16, filled=True, opacity=1, color=_AGENT).encode(alt.Y("value:Q", **y), tooltip=tip),
    ]


def history_words(rows: pd.DataFrame) -> str:
    """The score of a unit over training in words: first, last, controls."""
    known = rows[rows["value"].notna()].sort_values("step")
    if known.empty:
        return "not measured"
    first, last = known.iloc[0], known.iloc[-1]
    return (
        f"{number(first['value'])} at step {first['step']:,}, {number(last['value'])} at step {last['step']:,}; "
        f"masks of other states {number(last['shuffled'])}, random networks {number(last['random'])}"
    )


def effects_chart(table: pd.DataFrame) -> axes.Layered:
    """Scores of games without something, with the whole agent's as a line.

    Args:
        table: see `rlxai.features.effects.effects`, with the column kind.
    """
    shown = table.assign(
        what=[_KINDS[kind][0] for kind in table["kind"]],
        loses=[_difference(row) for row in table.to_dict("records")],
    )
    kinds = {words: colour for words, colour in _KINDS.values() if words in set(shown["what"])}
    y = alt.Y(
        "condition:N", sort=None, title=None,
        axis=alt.Axis(labelLimit=380, ticks=False, labelOverlap=False, labelFlush=False),
    )  # fmt: skip
    colour = alt.Color(
        "what:N", title=None, legend=alt.Legend(orient="top", labelLimit=300, offset=2),
        scale=alt.Scale(domain=list(kinds), range=list(kinds.values())),
    )  # fmt: skip
    tip = [
        alt.Tooltip("condition:N", title="without"), alt.Tooltip("score:Q", format=".1f"),
        alt.Tooltip("low:Q", format=".1f", title="from"), alt.Tooltip("high:Q", format=".1f", title="to"),
        alt.Tooltip("loses:N", title="difference, paired by seed"), alt.Tooltip("games:Q"),
    ]  # fmt: skip
    base = alt.Chart(shown).encode(y, tooltip=tip)
    x = alt.X("score:Q", title=_SCORE, axis=alt.Axis(tickCount=8))
    whole = alt.Chart(shown.head(1)).mark_rule(color=axes.GREY, strokeDash=[2, 2]).encode(alt.X("score:Q"))
    return alt.layer(
        base.mark_bar(height=12, opacity=0.5).encode(x, colour),
        whole,
        base.mark_rule(color=_LINE, strokeWidth=1.6).encode(alt.X("low:Q", title=_SCORE), alt.X2("high:Q")),
    ).properties(height=alt.Step(20))  # fmt: skip


def effects_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table of games as it is read: means with intervals; what clearly differs has a mark."""
    return pd.DataFrame([
        {
            "without": row["condition"], "score": f"{row['score']:.1f}",
            "95 % interval": f"{row['low']:.1f} to {row['high']:.1f}", "difference": _difference(row),
            "": "●" if _clear(row) else "", "left": "" if pd.isna(row["share"]) else f"{row['share']:.0%}",
            "decisions": f"{row['decisions']:,.0f}",
        }
        for row in table.to_dict("records")
    ])  # fmt: skip


def _clear(row: dict[Hashable, Any]) -> bool:
    return bool(row["difference_high"] < 0 or row["difference_low"] > 0)


def _difference(row: dict[Hashable, Any]) -> str:
    if row["kind"] == "whole":
        return "–"
    return f"{row['difference']:+.1f} ({row['difference_low']:+.1f} to {row['difference_high']:+.1f})"


def detectors_chart(table: pd.DataFrame, layer: str, step: int, last: int, top: float) -> axes.Layered:
    """The best unit of a layer for one object over training, with controls and the number of detectors.

    Args:
        table: rows of `rlxai.features.detectors.detectors` of one layer and object.
        layer: its name.
        step: of the snapshot that is shown.
        last: step at which the axis ends.
        top: end of the value axis.
    """
    shown = table.rename(columns={"iou": "value"}).assign(
        count=table["detectors"].map(lambda count: str(count) if count else "")
    )
    counts = (
        alt.Chart(shown)
        .mark_text(dy=-9, fontSize=_NARROW, color=_AGENT)
        .encode(axes.steps(last, None), alt.Y("high:Q"), text="count:N")
    )
    layers = [*_history(shown, step, last, top), counts]
    return alt.layer(*layers).properties(
        height=190, title=axes.title_of(layer, "best unit's IoU; number of detectors")
    )  # fmt: skip
