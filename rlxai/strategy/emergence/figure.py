"""The figure of emergence: score and change points on top; below, what the agent looks at, does and cares for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullLocator

from rlxai.strategy.curves import Curves, curve_name
from rlxai.strategy.emergence.change import ALPHA
from rlxai.strategy.emergence.story import CHAPTERS, ROWS, STORY, StoryCurve
from rlxai.strategy.figure import CONTROLS

COLOURS = {"ball": "#0072b2", "paddle": "#d55e00", "tunnel": "#b0528f", None: "#333333"}
"""Okabe and Ito's palette, told apart under the common colour-vision deficiencies; the tunnel's is a little darker."""
_ROWS = {
    "looks, common states": "looks at it,\nsame states for all",
    "looks, own states": "looks at it,\nstates of its own play",
    "does": "does it",
    "cares": "cares for it,\nedited states",
}
LOOKS = ("looks, common states", "looks, own states")


def emergence_figure(
    curves: Curves, emergence: pd.DataFrame, scores: Mapping[int, float], *, title: str, games: str
) -> Figure:
    """Draw the story of `rlxai.strategy.emergence.story`; rows of which nothing is known are left out.

    Args:
        curves: of the run.
        emergence: table of `emergence_table` over the curves of the story, names as of `curve_name`.
        scores: step -> mean score of other games than those recorded; may be empty.
        title: of the figure.
        games: what `scores` are means of, in words.
    """
    changes = {str(row["name"]): row for _, row in emergence.iterrows()}
    rows = [row for row in ROWS if any(_known(curves, one) for one in STORY if one.row == row)] or [ROWS[0]]
    last = max(1, curves.steps[-1])
    scale = (1e6, "million decisions") if curves.steps[-1] >= 1_000_000 else (1e3, "thousand decisions")
    figure = Figure(figsize=(12, 3.6 + 2.3 * len(rows)), layout="constrained")
    above, below = np.asarray(figure.subfigures(2, 1, height_ratios=(3.1, 2.3 * len(rows) + 0.5)))
    score, timeline = above.subplots(1, 2)
    _score(score, curves, scores, games, scale[0])
    _timeline(timeline, changes, scale[0])
    panels = below.subplots(len(rows), 3, sharex=True, squeeze=False)
    for name, axes in zip(rows, panels, strict=True):
        for chapter, axis in zip(CHAPTERS, axes, strict=True):
            (one,) = [one for one in STORY if (one.row, one.chapter) == (name, chapter)]
            _panel(axis, curves, one, changes.get(curve_name(one.figure, one.states)), scale[0])
            axis.set_ylabel(f"{_ROWS[name]}\n{one.axis}" if chapter == CHAPTERS[0] else one.axis, fontsize="small")
    for chapter, axis in zip(CHAPTERS, panels[0], strict=True):
        axis.set_title(chapter, fontweight="bold", color=COLOURS[chapter])
    for axis in (score, timeline, *panels[-1]):
        axis.set_xlabel(f"training ({scale[1]})")
    for axis in (score, timeline, *panels.ravel()):
        axis.set_xlim(-0.03 * last / scale[0], 1.03 * last / scale[0])
    _legend(below)
    figure.suptitle(title)
    return figure


def _known(curves: Curves, one: StoryCurve) -> bool:
    return any(curves.estimate(one.figure, one.states, step) for step in curves.steps)


def _panel(axis: Axes, curves: Curves, one: StoryCurve, change: pd.Series | None, unit: float) -> None:
    """One curve with its interval, its controls and its change."""
    lift = one.row in LOOKS
    bands = []
    for control, _, grey, hatch in CONTROLS:
        found = [(step, curves.control(control, one.figure, one.states, step)) for step in curves.steps]
        known = np.array([(step / unit, *limits) for step, limits in found if limits]).reshape(-1, 3)
        known = known[np.isfinite(known).all(axis=1)]
        if len(known):
            x, low, high = known.T
            pad = 0.012 * high if lift else 0.004 * (known[:, 1:].max() - known[:, 1:].min())
            pad = pad + 1e-6  # a band of one draw would not be seen
            axis.fill_between(x, low - pad, high + pad, color=grey, alpha=0.5, hatch=hatch, linewidth=0)
            bands.append(known[:, 1:].ravel())
    drawn = _line(axis, curves, one, COLOURS[one.chapter], unit)
    if lift:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}×")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_minor_locator(NullLocator())
        axis.axhline(1, color="0.3", linewidth=0.8, linestyle=":")
        bands.append(np.ones(1))
    if change is not None:
        _mark(axis, change, COLOURS[one.chapter], unit)
    axis.set_ylim(*_limits(drawn, np.concatenate([np.zeros(0), *bands]), log=lift))
    _clean(axis)
    if not len(drawn):
        axis.text(0.5, 0.5, "not measured", ha="center", transform=axis.transAxes, color="0.4")


def _line(axis: Axes, curves: Curves, one: StoryCurve, colour: str, unit: float) -> np.ndarray:
    """Draws a curve; returns value, low and high at the snapshots that have it, (n, 3)."""
    found = [(step, curves.estimate(one.figure, one.states, step)) for step in curves.steps]
    rows = np.array([(s / unit, e.value, e.low, e.high) for s, e in found if e is not None]).reshape(-1, 4)
    x, value, low, high = rows.T
    axis.plot(x, value, "o-", color=colour, markersize=3.5, linewidth=1.4, zorder=3)
    if one.row in LOOKS:
        low = np.maximum(low, 1e-3)  # a log axis has no place for zero
    axis.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0, zorder=2)
    return rows[:, 1:]


def _limits(drawn: np.ndarray, controls: np.ndarray, *, log: bool) -> tuple[float, float]:
    """Axis limits that show curve and controls, and intervals up to the height of the curve beyond it."""
    if not len(drawn):
        return (0.5, 2.0) if log else (0.0, 1.0)
    value = drawn[:, 0]
    ends = drawn[:, 1:][np.isfinite(drawn[:, 1:])]
    points = np.concatenate([value, controls])
    if log:
        positive = points[points > 0]
        ends = ends.clip(0.5 * positive.min(), 2 * positive.max())
        everything = np.concatenate([positive, ends])
        return 0.85 * float(everything.min()), 1.15 * float(everything.max())
    span = max(float(points.max() - points.min()), 1e-9)
    everything = np.concatenate([points, ends.clip(points.min() - 0.5 * span, points.max() + 0.5 * span)])
    return float(everything.min()) - 0.05 * span, float(everything.max()) + 0.05 * span


def _mark(axis: Axes, change: pd.Series, colour: str, unit: float) -> None:
    if change.found:
        sure = change.p_holm <= ALPHA
        axis.axvspan(change.low / unit, change.high / unit, color=colour, alpha=0.08, linewidth=0, zorder=0)
        axis.axvline(change.step / unit, color=colour, linewidth=1.1, linestyle="--" if sure else ":", zorder=1)


def _score(axis: Axes, curves: Curves, scores: Mapping[int, float], games: str, unit: float) -> None:
    one = next(one for one in STORY if one.figure == "behaviour/score")
    drawn = _line(axis, curves, one, COLOURS[None], unit)
    steps = sorted(scores)
    label = f"mean of {games}"
    axis.plot([s / unit for s in steps], [scores[s] for s in steps], "s--", color="0.55", markersize=3, linewidth=1)
    axis.set_ylim(*_limits(drawn, np.array([scores[s] for s in steps]), log=False))
    axis.set_ylabel("score")
    axis.set_title("score", fontweight="bold")
    handles = [Line2D([], [], color=COLOURS[None], marker="o", markersize=3.5, label="recorded games")]
    if steps:
        handles.append(Line2D([], [], color="0.55", marker="s", markersize=3, linestyle="--", label=label))
    axis.legend(handles=handles, frameon=False, loc="upper left", fontsize="small")
    _clean(axis)


def _timeline(axis: Axes, changes: Mapping[str, pd.Series], unit: float) -> None:
    """Change points in the order of the story, each with its interval."""
    shown = [(one, changes[name]) for one in STORY if (name := curve_name(one.figure, one.states)) in changes]
    for place, (one, change) in enumerate(shown):
        colour = COLOURS[one.chapter]
        if change.found:
            sure = change.p_holm <= ALPHA
            axis.plot([change.low / unit, change.high / unit], [place, place], color=colour, linewidth=2.2)
            marker = "^" if change.direction > 0 else "v"
            axis.plot(
                change.step / unit, place, marker, color=colour, markersize=6.5,
                markerfacecolor=colour if sure else "white",
            )  # fmt: skip
    axis.set_yticks(range(len(shown)), [one.says for one, _ in shown], fontsize="small")
    for label, (one, change) in zip(axis.get_yticklabels(), shown, strict=True):
        label.set_color(COLOURS[one.chapter] if change.found else "0.65")
    axis.set_ylim(max(1, len(shown)) - 0.5, -0.5)
    axis.set_title("when it begins", fontweight="bold")
    _clean(axis)


def _clean(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25, linewidth=0.5)


def _legend(figure: SubFigure) -> None:
    handles: Sequence[Line2D | Patch] = [
        Line2D([], [], color="0.2", marker="o", markersize=3.5, label="agent, 95 % interval over games"),
        *(Patch(color=grey, alpha=0.5, hatch=hatch, linewidth=0, label=label) for _, label, grey, hatch in CONTROLS),
        Line2D([], [], color="0.2", linestyle="--", marker="^", markersize=5, label="change and its interval"),
        Line2D(
            [], [], color="0.2", linestyle=":", marker="^", markerfacecolor="white", markersize=5,
            label="the same, p > 0.05 if adjusted for the number of curves",
        ),
    ]  # fmt: skip
    figure.legend(handles=list(handles), loc="outside lower center", ncols=3, frameon=False, fontsize="small")
