"""Score over training; its snapshots can be clicked."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboards.charts import axes
from dashboards.readers.scores import BEST, MEAN, TRAINING

SNAPSHOT = "snapshot"
"""Name of the selection: the step of the snapshot that was clicked."""
_COLOURS = {MEAN: axes.ORANGE, BEST: axes.GREY, TRAINING: axes.BLUE}


def score_chart(table: pd.DataFrame, last: int) -> axes.Layered:
    """Score over training, at least up to step `last`.

    Args:
        table: see `dashboards.readers.scores.score_table`.
        last: step of the last snapshot.
    """
    known = [what for what in _COLOURS if what in set(table["what"])]
    colour = alt.Color(
        "what:N", title=None, sort=None,
        scale=alt.Scale(domain=known, range=[_COLOURS[what] for what in known]),
        legend=alt.Legend(orient="top", offset=2, labelLimit=300, symbolOpacity=1),
    )  # fmt: skip
    y = alt.Y("score:Q", title="score", axis=alt.Axis(tickCount=5))
    ends = zip(table["low"], table["high"], strict=True)
    shown = table.assign(interval=["none" if pd.isna(low) else f"{low:.1f} to {high:.1f}" for low, high in ends])
    base = alt.Chart(shown).encode(axes.steps(max(last, int(table["step"].max()))), colour)
    # A training has too many games for points.
    snapshots = base.transform_filter(alt.FieldOneOfPredicate("what", [MEAN, BEST]))
    picked = alt.selection_point(name=SNAPSHOT, fields=["step"], on="click", empty=False, clear=False)
    tip = [
        alt.Tooltip("step:Q", format=","), alt.Tooltip("what:N", title="games"),
        alt.Tooltip("score:Q", format=".1f"), alt.Tooltip("interval:N", title="95 % interval"),
    ]  # fmt: skip
    return alt.layer(
        snapshots.mark_area(opacity=0.2).encode(alt.Y("low:Q", title="score"), alt.Y2("high:Q")),
        base.mark_line(strokeWidth=1.8).encode(y),
        snapshots.mark_point(filled=True, size=70, opacity=1, cursor="pointer")
        .encode(y, tooltip=tip)
        .add_params(picked),
    ).properties(height=280)
