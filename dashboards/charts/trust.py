"""Charts of the Trust page: the leaderboard, and scores of methods beside what the rule asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboards.charts import axes
from dashboards.words import steps_words
from rlxai.strategy.claims.words import number
from rlxai.trust.rule import Criterion
from rlxai.trust.words import COLOURS, SIGNS, WORDS

MAP = "map"
"""Name of the selection: method and step of the cell that was clicked."""
ANSWERS = {"passed": axes.GREEN, "doubtful": "#b98500", "failed": "#d55e00", "not asked": axes.GREY}
"""How a criterion was answered, told apart by shape as well."""
_SHAPES = ("circle", "diamond", "cross", "square")
_AROUND = 70
"""Height of title, legend and axis, which Streamlit takes from that of the rows."""
_FLOOR = 1e-8
"""Where a logarithmic axis begins at the least: below it is rounding."""


def board_chart(table: pd.DataFrame, methods: Sequence[str]) -> axes.Layered:
    """Methods by snapshots: badge as colour and sign, and faithfulness above random orders.

    Args:
        table: see `dashboards.readers.trust.board_table`.
        methods: in order.
    """
    steps = sorted(set(table["step"]))
    shown = table.assign(
        at=table["step"].map(steps_words), sign=table["badge"].map(SIGNS), said=_intervals(table),
        text=[f"{SIGNS[badge]} {value:.2g}".replace("-", "−").replace("nan", "")
              for badge, value in zip(table["badge"], table["value"], strict=True)],
    )  # fmt: skip
    x = alt.X(
        "at:O", sort=[steps_words(step) for step in steps], title="snapshot (training step)",
        axis=alt.Axis(labelAngle=0, orient="top", labelFlush=False),
    )  # fmt: skip
    y = alt.Y("method:N", sort=list(methods), title=None, axis=names_axis())
    colour = alt.Color("badge:N", legend=None, scale=alt.Scale(domain=list(WORDS), range=list(COLOURS.values())))
    tip: list[Any] = [
        "method:N", alt.Tooltip("step:Q", format=","), "badge:N", alt.Tooltip("reasons:N", title="not passed"),
        alt.Tooltip("said:N", title="above random orders"),
    ]  # fmt: skip
    base = alt.Chart(shown).encode(x, y, tooltip=tip)
    picked = alt.selection_point(name=MAP, fields=["method", "step"], on="click", empty=False, clear=False)
    return alt.layer(
        base.mark_rect(cornerRadius=3, cursor="pointer").encode(colour).add_params(picked),
        base.mark_text(fontSize=11, color="#101010", cursor="pointer").encode(text="text:N"),
    ).properties(height=alt.Step(22))


def dots_chart(
    rows: pd.DataFrame, methods: Sequence[str], title: str, axis: str, *, log: bool = False,
    criterion: Criterion | None = None, words: bool = False,
) -> axes.Layered:  # fmt: skip
    """Scores of methods with their 95 % intervals, beside what the rule asks.

    Args:
        rows: columns method, variant, value, low, high, games; with `criterion` also answer; `chance` where there is
            one, drawn as a bar.
        methods: in order.
        title: of the chart.
        axis: what is measured.
        log: whether the axis is logarithmic; smaller values are drawn at its end.
        criterion: that the scores answer.
        words: the answers are badges.
    """
    known = rows[rows["value"].notna()]
    drawn = known.assign(said=_intervals(known))
    if log:
        drawn = drawn.assign(**{name: drawn[name].clip(lower=_FLOOR) for name in ("value", "low", "high")})
    bounds = [(0.0, [1, 0])] if words else [] if criterion is None else _bounds(criterion)
    limits = _limits(drawn, [value for value, _ in bounds], log)
    x = axes.value_axis(axis, limits, log=log)
    variants = list(dict.fromkeys(drawn["variant"]))
    y = alt.Y("method:N", sort=[name for name in methods if name in set(drawn["method"])], title=None,
              axis=names_axis(grid=True))  # fmt: skip
    tip: list[Any] = ["method:N", "variant:N", alt.Tooltip("said:N", title="mean and 95 %"), "games:Q"]
    if criterion is not None or words:
        tip.append("answer:N")
    base = alt.Chart(drawn).encode(y, tooltip=tip)
    if len(variants) > 1:
        base = base.encode(alt.YOffset("variant:N", sort=variants))
    colour: Any = alt.value(axes.BLUE)
    shape: Any = alt.value("circle")
    if criterion is not None or words:
        looks = dict(zip(WORDS, ANSWERS.values(), strict=False)) if words else ANSWERS
        legend = None if words else alt.Legend(orient="top", title=None, symbolOpacity=1, offset=2)
        colour = alt.Color("answer:N", legend=legend, scale=alt.Scale(domain=list(looks), range=list(looks.values())))
        shape = alt.Shape("answer:N", legend=legend, scale=alt.Scale(domain=list(looks), range=list(_SHAPES)))
    marks: list[alt.Chart] = [
        alt.Chart(pd.DataFrame({"value": [value]}))
        .mark_rule(color=axes.GREY, strokeDash=dash, strokeWidth=1.3)
        .encode(alt.X("value:Q", **x))
        for value, dash in bounds
    ]
    if "chance" in drawn:
        marks.append(base.mark_tick(color=axes.GREY, thickness=3).encode(alt.X("chance:Q", **x)))
    size = 46 if len(variants) == 1 else 30
    shown = max(1, drawn["method"].nunique())
    marks += [
        base.mark_rule(strokeWidth=1.6, opacity=0.75).encode(alt.X("low:Q", **x), alt.X2("high:Q"), color=colour),
        base.mark_point(filled=True, size=size, opacity=1).encode(alt.X("value:Q", **x), color=colour, shape=shape),
    ]
    return alt.layer(*marks).properties(
        title=alt.TitleParams(title, offset=8), height=_AROUND + shown * _step(len(variants))
    )


def names_axis(*, grid: bool = False) -> alt.Axis:
    """The axis of methods: every name, where its row is."""
    return alt.Axis(labelLimit=200, labelOverlap=False, labelFlush=False, grid=grid)


def words_of(rows: pd.DataFrame, title: str) -> str:
    """A chart of scores in words, for those who do not see it: its two ends."""
    known = rows[rows["value"].notna()].sort_values("value")
    if known.empty:
        return f"{title}: not measured"
    low, high = known.iloc[0], known.iloc[-1]
    return f"{title}: from {number(low['value'])} ({low['method']}) to {number(high['value'])} ({high['method']})"


def _step(variants: int) -> int:
    return 20 if variants == 1 else 10 + 5 * variants


def _bounds(criterion: Criterion) -> list[tuple[float, list[int]]]:
    """Values at which lines are drawn: passed (whole) and failed (dashed)."""
    found: list[tuple[float, list[int]]] = [(criterion.trusted, [1, 0])]
    if criterion.misleading not in (None, criterion.trusted):
        found.append((float(criterion.misleading or 0.0), [4, 3]))
    return found


def _limits(rows: pd.DataFrame, bounds: Sequence[float], log: bool) -> tuple[float, float]:
    include = pd.DataFrame({"value": list(bounds), "low": list(bounds), "high": list(bounds)})
    if "chance" in rows:
        chance = rows["chance"].dropna().to_numpy(float)
        include = pd.concat([include, pd.DataFrame({"value": chance, "low": chance, "high": chance})])
    known = [part for part in (rows[["value", "low", "high"]], include) if len(part)]
    return axes.limits_of(known, log=log)


def _intervals(rows: pd.DataFrame) -> list[str]:
    return [
        f"{number(value)} ({number(low)} to {number(high)})" if low < high else number(value)
        for value, low, high in zip(rows["value"], rows["low"], rows["high"], strict=True)
    ]
