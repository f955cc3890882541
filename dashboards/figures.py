"""Figures of the Training page as Altair charts. Pure: tables in, chart out; the ledger's column names live here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from rlxai.errors import RunError
from rlxai.store import SnapshotRef

STEP, STATES, CONTROL, DRAW, OBJECT, FRAME = "step", "states", "control", "draw", "object", "frame"
AGENT, RANDOM, SHIFTED, SHUFFLED, ALL_FRAMES = "none", "random", "shifted", "shuffled", "all"
_LOG_TICKS = [m * 10.0**e for e in range(-3, 4) for m in (1, 2, 5)]
SERIES = {"agent": "#c77700", "random network": "#7a7a7a", "shifted map": "#2b7fbf", "other decision": "#8a63b5"}
"""Series of the ledger charts and their colours, readable on light and dark ground."""


@dataclass(frozen=True)
class Measure:
    """A column of the ledger that can be plotted; `chance` is where an indifferent network lies."""

    column: str
    title: str
    log: bool
    chance: float | None


MEASURES = {
    "lift": Measure("lift", "lift (1 = chance)", True, 1.0),
    "share of |R|": Measure("share", "share of |R|", False, None),
    "signed lift": Measure("lift_signed", "signed lift", False, None),
}


def score_table(snapshots: list[SnapshotRef]) -> pd.DataFrame:
    """Columns step, score, what ("mean" | "best"): the evaluation in each snapshot's provenance, where there is one."""
    rows = []
    for snapshot in snapshots:
        evaluation = snapshot.meta.get("provenance", {}).get("evaluation", {})
        for key, what in (("mean", "mean game"), ("max", "best game")):
            if key in evaluation:
                rows.append({"step": snapshot.step, "score": float(evaluation[key]), "what": what})
    return pd.DataFrame(rows, columns=["step", "score", "what"])


def monitor_table(path: Path, frame_skip: int, games: int = 100) -> pd.DataFrame:
    """Columns as `score_table`: the mean return of the last `games` training games, from SB3's monitor.csv.

    Lengths in the file are raw frames, so that a game ends at the sum of all lengths so far / frame_skip decisions.

    Raises:
        RunError: the file is not SB3's.
    """
    what = f"training, mean of {games} games"
    try:
        table = pd.read_csv(path, skiprows=1)  # the first line is a JSON comment
        returns = table["r"].astype(float).rolling(games, min_periods=1).mean()
        steps = table["l"].astype(float).cumsum() / frame_skip
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{path}: is not a readable monitor.csv ({type(error).__name__})") from None
    every = max(1, len(table) // 500)  # more points than pixels only slow the page down
    return pd.DataFrame({"step": steps, "score": returns, "what": what})[::every]


def score_chart(table: pd.DataFrame, last: int) -> alt.LayerChart | alt.FacetChart:
    """Score over training, at least up to step `last`."""
    colour = alt.Color(
        "what:N",
        title=None,
        sort=None,
        scale=alt.Scale(range=["#c77700", "#7a7a7a", "#2b7fbf"]),
        legend=alt.Legend(orient="top", offset=2, labelLimit=300),
    )
    base = alt.Chart(table).encode(
        _steps(max(last, int(table["step"].max()))),
        alt.Y("score:Q", title="score", axis=alt.Axis(tickCount=5)),
        colour,
        tooltip=[alt.Tooltip("step:Q", format=","), "what:N", alt.Tooltip("score:Q", format=".1f")],
    )
    # A training has too many games for points.
    points = base.transform_filter(alt.FieldOneOfPredicate("what", ["mean game", "best game"])).mark_point(filled=True)
    return alt.layer(base.mark_line(), points).properties(height=210)


def ledger_band(ledger: pd.DataFrame, states: str, measure: Measure) -> pd.DataFrame:
    """Rows of the chart: step, object, series ("agent" | "random" | "shifted"), value, low, high over the draws.

    Random networks on common states are the same for every step, so their band is drawn over all of them.
    """
    rows = ledger[(ledger[STATES] == states) & (ledger[FRAME].astype(str) == ALL_FRAMES)]
    steps = sorted(rows.loc[rows[CONTROL] == AGENT, STEP].unique())
    parts = []
    for control, name in (
        (AGENT, "agent"),
        (RANDOM, "random network"),
        (SHIFTED, "shifted map"),
        (SHUFFLED, "other decision"),
    ):
        one = rows[rows[CONTROL] == control]
        if control == RANDOM and one[STEP].nunique() == 1:
            one = pd.concat([one.assign(**{STEP: step}) for step in steps], ignore_index=True)
        grouped = one.groupby([STEP, OBJECT])[measure.column].agg(["mean", "min", "max"]).reset_index()
        grouped.columns = pd.Index(["step", "object", "value", "low", "high"])
        parts.append(grouped.assign(series=name))
    return pd.concat(parts, ignore_index=True)


def value_range(band: pd.DataFrame, measure: Measure) -> tuple[float, float]:
    """Range of the value axis, the same for all objects so that they can be compared; `chance` is inside."""
    ends = band[["low", "high"]].to_numpy().ravel()
    ends = ends[np.isfinite(ends) & ((ends > 0) | (not measure.log))]
    ends = np.append(ends, 0.0 if measure.chance is None else measure.chance)
    low, high = float(ends.min()), float(ends.max())
    return (low / 1.2, high * 1.2) if measure.log else (low, high + 0.05 * (high - low))


def ledger_chart(
    band: pd.DataFrame, name: str, measure: Measure, value: tuple[float, float], last: int
) -> alt.LayerChart | alt.FacetChart:
    """One object: the agent's line over the bands of the controls.

    Args:
        band: table of `ledger_band`.
        name: the object.
        measure: what is plotted.
        value: range of the value axis.
        last: last step of the step axis.
    """
    data = band[(band["object"] == name) & band["value"].notna()]
    if measure.log:  # zero has no place on this axis: it is drawn at the lower end
        data = data.assign(**{column: data[column].clip(lower=value[0]) for column in ("low", "value", "high")})
    ticks = [tick for tick in _LOG_TICKS if value[0] <= tick <= value[1]] if measure.log else alt.Undefined
    y: dict[str, Any] = {
        "scale": alt.Scale(type="log" if measure.log else "linear", domain=list(value), nice=False),
        "axis": alt.Axis(tickCount=5, values=ticks, format="~g", title=measure.title),
    }
    colour = alt.Color("series:N", scale=alt.Scale(domain=list(SERIES), range=list(SERIES.values())), legend=None)
    base = alt.Chart(data).encode(_steps(last))
    layers: list[alt.Chart] = [
        base.mark_area(opacity=0.22).encode(alt.Y("low:Q", **y), alt.Y2("high:Q"), colour),
        base.mark_line(point={"size": 22}).encode(
            alt.Y("value:Q", **y),
            colour,
            strokeDash=alt.condition("datum.series == 'agent'", alt.value([1, 0]), alt.value([4, 3])),
            tooltip=[alt.Tooltip("step:Q", format=","), "series:N", alt.Tooltip("value:Q", format=".3g")],
        ),
    ]
    if measure.chance is not None:
        chance = pd.DataFrame({"value": [measure.chance]})
        layers.insert(0, alt.Chart(chance).mark_rule(opacity=0.6, color="#7a7a7a").encode(alt.Y("value:Q", **y)))
    return alt.layer(*layers).properties(title=name, height=220)


def alternative(band: pd.DataFrame, name: str, measure: Measure) -> str:
    """The figure of one object in words: the agent's first and last value, and where the random networks lie."""
    rows = band[(band["object"] == name) & band["value"].notna()].sort_values("step")
    agent, random = rows[rows["series"] == "agent"], rows[rows["series"] == "random network"]
    if agent.empty:
        return f"{name}: no value."
    first, last = agent.iloc[0], agent.iloc[-1]
    text = f"{name}: {measure.column} {first['value']:.2g} at step {first['step']:,}, "
    text += f"{last['value']:.2g} at step {last['step']:,}"
    return text + (
        f"; random networks {random['low'].min():.2g} to {random['high'].max():.2g}." if len(random) else "."
    )


def objects_of(ledger: pd.DataFrame) -> list[str]:
    """Objects in the ledger's own order."""
    return list(dict.fromkeys(ledger[OBJECT]))


def usual(objects: list[str]) -> list[str]:
    """Objects shown at first: the ball as far as it can be seen, not also where it is hidden."""
    return [name for name in objects if not (name == "ball" and "visible-ball" in objects)]


def _steps(last: int) -> alt.X:
    axis = alt.Axis(format="~s", grid=False, tickCount=6)
    return alt.X(
        "step:Q", title="training step (decisions)", axis=axis, scale=alt.Scale(domain=[0, max(1, last)], nice=False)
    )
