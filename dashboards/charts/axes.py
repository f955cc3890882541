"""Axes, colours and number formats that the charts share."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

ORANGE, BLUE, VIOLET, GREY, GREEN, ROSE = "#c77700", "#2b7fbf", "#8a63b5", "#808080", "#0d8a68", "#b3568d"
"""Readable on light and on dark ground, and told apart under the common colour-vision deficiencies."""
CLUSTERS = (
    "#2b7fbf", "#d55e00", "#0d9e73", "#cc79a7", "#d69a00", "#56b4e9", "#8a63b5", "#9a9a00", "#808080", "#a6522a",
    "#5d6ad1", "#3f8f4f",
)  # fmt: skip
"""Of clusters, by index; there are never more."""
VERDICTS = {"supported": "#2b7fbf", "refuted": "#d55e00", "untested": "#9a9a9a"}
Layered = alt.LayerChart | alt.FacetChart
"""What Altair says of layers."""
MARKS = {"supported": "✓", "refuted": "✗", "untested": "·"}
_LOG_TICKS = [m * 10.0**e for e in range(-4, 5) for m in (1, 2, 5)]


def steps(last: int, title: str | None = "training step (decisions)") -> alt.X:
    """The training axis, from 0 to `last` decisions."""
    axis = alt.Axis(format="~s", grid=False, tickCount=6)
    scale = alt.Scale(domain=[0, max(1, last)], nice=False, padding=6)
    return alt.X("step:Q", title=title, axis=axis, scale=scale)


def title_of(text: str, measured: str) -> alt.TitleParams:
    """A title with what is measured below it, where it is read without turning the head."""
    return alt.TitleParams(
        text, subtitle=measured, subtitleFontSize=11, subtitleColor=GREY, subtitlePadding=2, offset=8
    )


def value_axis(title: str | None, limits: tuple[float, float], *, log: bool = False) -> dict[str, Any]:
    """Scale and axis of values within limits."""
    ticks = [tick for tick in _LOG_TICKS if limits[0] <= tick <= limits[1]] if log else alt.Undefined
    shape = ".4~r" if log else "~s" if limits[1] >= 10_000 else alt.Undefined
    return {
        "scale": alt.Scale(type="log" if log else "linear", domain=list(limits), nice=False, clamp=True),
        "axis": alt.Axis(tickCount=5, values=ticks, format=shape, title=title),
    }


def limits_of(tables: list[pd.DataFrame], *, log: bool, include: float | None = None) -> tuple[float, float]:
    """Limits that show all values, and intervals up to the height of all values beyond them.

    Args:
        tables: columns value, low, high.
        log: of a logarithmic axis, which has no place for zero.
        include: a value that is inside too.
    """
    joined = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"value": [], "low": [], "high": []})
    values = _usable(joined["value"].to_numpy(float), log)
    if include is not None:
        values = np.append(values, include)
    if not len(values):
        return (0.5, 2.0) if log else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    ends = _usable(joined[["low", "high"]].to_numpy(float).ravel(), log)
    if log:
        ends = ends.clip(low / 3, high * 3)
        return float(min([low, *ends])) / 1.1, float(max([high, *ends])) * 1.1
    span = (high - low) or abs(high) or 1.0
    ends = ends.clip(low - 0.6 * span, high + 0.6 * span)
    low, high = float(min([low, *ends])), float(max([high, *ends]))
    return low - 0.04 * (high - low), high + 0.04 * (high - low)


def _usable(values: np.ndarray, log: bool) -> np.ndarray:
    usable: np.ndarray = values[np.isfinite(values) & ((values > 0) | (not log))]
    return usable
