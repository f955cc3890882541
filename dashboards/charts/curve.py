"""One curve over training: the agent's line and interval over the bands of its controls."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboards.charts import axes
from dashboards.readers.curves import AGENT
from rlxai.strategy.claims.words import number

SERIES = {AGENT: axes.ORANGE, "random": axes.GREY, "shifted": axes.BLUE, "shuffled": axes.VIOLET}
"""Series of a curve and their colours."""


@dataclass(frozen=True)
class Change:
    """Where a curve changes; None of it is drawn where nothing was found."""

    step: float
    low: float
    high: float
    sure: bool
    """Whether it holds after adjustment for the number of curves."""


def curve_chart(
    band: pd.DataFrame,
    title: str,
    axis: str,
    limits: tuple[float, float],
    last: int,
    *,
    log: bool = False,
    chance: float | None = None,
    change: Change | None = None,
    height: int = 220,
) -> axes.Layered:
    """Draw a curve.

    Args:
        band: see `dashboards.readers.curves.curve_band`.
        title: of the chart.
        axis: what is measured.
        limits: of the value axis.
        last: step at which the axis ends.
        log: whether the value axis is logarithmic; values below its end are drawn there.
        chance: value at which a line is drawn.
        change: where the curve changes.
        height: in pixels.
    """
    known = band[band["value"].notna()]
    parts = ["value", "low", "high"]
    drawn = known.assign(**{name: known[name].clip(*limits) for name in parts}, true=known["value"])
    drawn["interval"] = [_interval(low, high) for low, high in zip(known["low"], known["high"], strict=True)]
    y = axes.value_axis(None, limits, log=log)
    colour = alt.Color("series:N", scale=alt.Scale(domain=list(SERIES), range=list(SERIES.values())), legend=None)
    tip = [
        alt.Tooltip("said:N", title="series"), alt.Tooltip("step:Q", format=","),
        alt.Tooltip("true:Q", format=".3g", title="value"), alt.Tooltip("interval:N", title="interval or range"),
        alt.Tooltip("games:Q", title="games"),
    ]  # fmt: skip
    base = alt.Chart(drawn).encode(axes.steps(last, None))
    agent, control = (base.transform_filter(f"datum.series {sign} '{AGENT}'") for sign in ("==", "!="))
    layers: list[alt.Chart] = _marks(change)
    if chance is not None:
        rule = alt.Chart(pd.DataFrame({"value": [chance]})).mark_rule(opacity=0.7, color=axes.GREY, strokeDash=[2, 2])
        layers.append(rule.encode(alt.Y("value:Q", **y)))
    layers += [
        control.mark_area(opacity=0.25).encode(alt.Y("low:Q", **y), alt.Y2("high:Q"), colour),
        control.mark_line(strokeWidth=1, strokeDash=[4, 3], opacity=0.8).encode(alt.Y("value:Q", **y), colour),
        agent.mark_area(opacity=0.2).encode(alt.Y("low:Q", **y), alt.Y2("high:Q"), colour),
        agent.mark_line(strokeWidth=1.8).encode(alt.Y("value:Q", **y), colour),
        agent.mark_point(size=26, filled=True, opacity=1).encode(alt.Y("value:Q", **y), colour, tooltip=tip),
        # Points of controls are only there to be pointed at.
        control.mark_point(size=60, filled=True, opacity=0).encode(alt.Y("value:Q", **y), colour, tooltip=tip),
    ]
    return alt.layer(*layers).properties(title=axes.title_of(title, axis), height=height)


def alternative(band: pd.DataFrame, name: str) -> str:
    """A curve in words: the agent's first and last value, and where its controls lie."""
    rows = band[band["value"].notna()].sort_values("step")
    agent = rows[rows["series"] == AGENT]
    if agent.empty:
        return f"{name}: not measured."
    first, last = agent.iloc[0], agent.iloc[-1]
    text = f"{name}: {number(first['value'])} at step {first['step']:,}, "
    text += f"{number(last['value'])} at step {last['step']:,}"
    for said, part in rows[rows["series"] != AGENT].groupby("said", sort=False):
        text += f"; {said} {number(part['low'].min())} to {number(part['high'].max())}"
    return text + "."


def _interval(low: float, high: float) -> str:
    return "none" if pd.isna(low) or pd.isna(high) else f"{number(low)} to {number(high)}"


def _marks(change: Change | None) -> list[alt.Chart]:
    if change is None:
        return []
    data = pd.DataFrame([{"step": change.step, "from": change.low, "to": change.high}])
    dash = [5, 3] if change.sure else [2, 3]
    return [
        alt.Chart(data).mark_rect(opacity=0.1, color=axes.ORANGE).encode(alt.X("from:Q", title=None), alt.X2("to:Q")),
        alt.Chart(data)
        .mark_rule(color=axes.ORANGE, strokeDash=dash, strokeWidth=1.2)
        .encode(alt.X("step:Q", title=None)),
    ]
