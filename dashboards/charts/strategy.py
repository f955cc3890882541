"""Charts of the Strategy page: verdicts over training, when curves change, relevance around events."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboards.charts import axes
from dashboards.charts.curve import Change
from dashboards.words import steps_words
from rlxai.strategy.emergence.change import ALPHA
from rlxai.strategy.emergence.story import STORY

_CHAPTERS = {"ball": axes.BLUE, "paddle": axes.ORANGE, "tunnel": axes.ROSE, "play": axes.GREY}
_STEPS = (axes.ORANGE, axes.GREEN, axes.BLUE)


def verdict_grid(table: pd.DataFrame, order: list[str]) -> axes.Layered:
    """Claims by snapshots; told apart by sign as well as by colour.

    Args:
        table: columns claim, step, verdict, sentence.
        order: of the claims.
    """
    steps = sorted(set(table["step"]))
    shown = table.assign(mark=table["verdict"].map(axes.MARKS), at=table["step"].map(steps_words))
    x = alt.X(
        "at:O", sort=[steps_words(step) for step in steps], title="snapshot (training step)",
        axis=alt.Axis(labelAngle=0, orient="bottom"),
    )  # fmt: skip
    y = alt.Y("claim:N", sort=order, title=None, axis=alt.Axis(labelLimit=260))
    colour = alt.Color(
        "verdict:N", title=None, legend=alt.Legend(orient="top"),
        scale=alt.Scale(domain=list(axes.VERDICTS), range=list(axes.VERDICTS.values())),
    )  # fmt: skip
    faint = alt.condition("datum.verdict == 'untested'", alt.value(0.22), alt.value(0.9))
    base = alt.Chart(shown).encode(x, y, tooltip=["claim:N", "at:N", "verdict:N", "sentence:N"])
    return alt.layer(
        base.mark_rect(cornerRadius=3, strokeWidth=0).encode(colour, opacity=faint),
        base.transform_filter("datum.verdict != 'untested'").mark_text(color="white", fontSize=13).encode(
            text="mark:N", opacity=alt.value(1)
        ),
    ).properties(height=alt.Step(24))  # fmt: skip


def change_table(emergence: pd.DataFrame) -> pd.DataFrame:
    """Rows of the timeline: says, chapter, step, low, high, way (more | less), sure; curves without a change too."""
    chapters = {f"{one.figure} ({one.states})": one.chapter or "play" for one in STORY}
    rows = [
        {
            "says": str(row["says"]), "chapter": chapters.get(str(row["name"]), "play"),
            "step": row["step"] if row["found"] else None, "low": row["low"] if row["found"] else None,
            "high": row["high"] if row["found"] else None, "way": "more" if row["direction"] > 0 else "less",
            "sure": bool(row["p_holm"] <= ALPHA), "p": row["p_holm"], "before": row["before"], "after": row["after"],
        }
        for row in emergence.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def change_of(emergence: pd.DataFrame, name: str) -> Change | None:
    """The change of one curve of the story; None where none was found."""
    rows = emergence[(emergence["name"] == name) & emergence["found"]]
    if rows.empty:
        return None
    row = rows.iloc[0]
    return Change(float(row["step"]), float(row["low"]), float(row["high"]), bool(row["p_holm"] <= ALPHA))


def change_chart(changes: pd.DataFrame, last: int) -> axes.Layered:
    """When each curve of the story changes, with its interval; filled where it holds after adjustment.

    Args:
        changes: see `change_table`.
        last: step at which the axis ends.
    """
    known = [name for name in _CHAPTERS if name in set(changes["chapter"])]
    colour = alt.Color(
        "chapter:N", title=None, legend=alt.Legend(orient="top", offset=4),
        scale=alt.Scale(domain=known, range=[_CHAPTERS[name] for name in known]),
    )  # fmt: skip
    y = alt.Y("says:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, grid=True))
    shape = alt.Shape(
        "way:N", legend=None, scale=alt.Scale(domain=["more", "less"], range=["triangle-up", "triangle-down"])
    )
    tip = [
        alt.Tooltip("says:N", title="it"), alt.Tooltip("way:N"), alt.Tooltip("step:Q", format=",", title="from step"),
        alt.Tooltip("low:Q", format=",", title="interval from"), alt.Tooltip("high:Q", format=",", title="to"),
        alt.Tooltip("before:Q", format=".3g"), alt.Tooltip("after:Q", format=".3g"),
        alt.Tooltip("p:Q", format=".2g", title="p, adjusted"),
    ]  # fmt: skip
    base = alt.Chart(changes).encode(y, colour)
    found = base.transform_filter("isValid(datum.step)")
    points = [
        found.transform_filter(f"datum.sure == {str(sure).lower()}")
        .mark_point(size=90, filled=sure, opacity=1)
        .encode(axes.steps(last), shape, tooltip=tip)
        for sure in (True, False)
    ]
    rule = found.mark_rule(strokeWidth=2.4, opacity=0.8).encode(alt.X("low:Q"), alt.X2("high:Q"))
    return alt.layer(rule, *points).properties(height=alt.Step(24))


def shown_steps(table: pd.DataFrame) -> list[int]:
    """First, last, and of those between the one whose games have most events."""
    counts = table.groupby(["step", "event"])["events"].max().groupby("step").sum()
    steps = [int(step) for step in counts.index]
    between = sorted(steps[1:-1], key=lambda step: (counts[step], step))
    return sorted({steps[0], *between[-1:], steps[-1]})


def aligned_chart(rows: pd.DataFrame, name: str, steps: list[int], limits: tuple[float, float]) -> axes.Layered:
    """Lift of one object around an event, of up to three snapshots, each beside its random decisions (dotted).

    Args:
        rows: of one event and object: columns step, offset, value, low, high, control, events, games.
        name: the object.
        steps: snapshots shown.
        limits: of the value axis, shared by all objects.
    """
    parts = ["value", "low", "high", "control"]
    known = rows[rows["step"].isin(steps) & (rows["value"] > 0)]
    drawn = known.assign(
        **{part: known[part].clip(*limits) for part in parts}, true=known["value"],
        snapshot=known["step"].map("step {:,}".format),
    )  # fmt: skip
    y = axes.value_axis(None, limits, log=True)
    x = alt.X("offset:Q", title="decisions after the event", axis=alt.Axis(grid=False, tickCount=7))
    colour = alt.Color(
        "snapshot:N", legend=None, scale=alt.Scale(domain=[f"step {step:,}" for step in steps], range=list(_STEPS))
    )
    base = alt.Chart(drawn).encode(x, colour)
    tip = [
        "snapshot:N", "offset:Q", alt.Tooltip("true:Q", format=".3g", title="lift"),
        alt.Tooltip("control:Q", format=".3g", title="random decisions"), "events:Q", "games:Q",
    ]  # fmt: skip
    event = alt.Chart(pd.DataFrame({"offset": [0]})).mark_rule(color=axes.GREY).encode(alt.X("offset:Q"))
    return alt.layer(
        event,
        base.mark_area(opacity=0.15).encode(alt.Y("low:Q", **y), alt.Y2("high:Q")),
        base.mark_line(strokeDash=[1, 3], strokeWidth=1.4).encode(alt.Y("control:Q", **y)),
        base.mark_line(strokeWidth=1.8).encode(alt.Y("value:Q", **y)),
        base.mark_point(size=50, opacity=0, filled=True).encode(alt.Y("value:Q", **y), tooltip=tip),
    ).properties(title=axes.title_of(name, "lift (1 = chance)"), height=280)


def step_legend(steps: list[int]) -> str:
    """The colours of the snapshots, in Markdown."""
    names = ("orange", "green", "blue")
    return "  ".join(f":{name}[●] step {step:,}" for name, step in zip(names, steps, strict=False))
