"""Figures of the tests: the leaderboard, what randomised layers leave of a map, agreement, and robustness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from rlxai.strategy.report.tables import short
from rlxai.trust.leaderboard import method_order
from rlxai.trust.words import COLOURS, SIGNS, WORDS, signed

_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES: tuple[Literal["-", "--", ":"], ...] = ("-", "--", ":")


def leaderboard_figure(scores: pd.DataFrame, badges: pd.DataFrame, *, title: str) -> Figure:
    """Methods by snapshots, a panel per target: the badge as colour and sign, and faithfulness above random orders.

    The number is the mean over fills in standard deviations of the target. It compares methods of one column best:
    what a snapshot's maps can reach depends on the snapshot.
    """
    targets = list(dict.fromkeys(badges.target))
    steps = sorted(badges.step.unique())
    names = {target: method_order(badges, scores, target) for target in targets}
    rows = max(map(len, names.values()))
    figure = Figure(figsize=(2.2 + len(targets) * (1.6 + 0.62 * len(steps)), 1.7 + 0.32 * rows), layout="constrained")
    faithful = scores[scores.score == "above-random/mean"].set_index(["target", "method", "step"]).value
    words = badges.set_index(["target", "method", "step"]).badge
    for axis, target in zip(np.atleast_1d(figure.subplots(1, len(targets))), targets, strict=True):
        for y, method in enumerate(names[target]):
            for x, step in enumerate(steps):
                if (key := (target, method, step)) in words.index:
                    axis.add_patch(_cell(x, y, COLOURS[words[key]]))
                    value = faithful.get(key, np.nan)
                    text = SIGNS[words[key]] if np.isnan(value) else f"{SIGNS[words[key]]} {value:.2f}"
                    axis.text(x, y, text, ha="center", va="center", fontsize=7.5)
        axis.set(xlim=(-0.5, len(steps) - 0.5), ylim=(len(names[target]) - 0.5, -0.5), title=target)
        axis.set_xticks(range(len(steps)), [short(int(step)) for step in steps], fontsize=8, rotation=45)
        axis.set_yticks(range(len(names[target])), names[target], fontsize=8)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    figure.legend(
        handles=[Patch(color=COLOURS[word], label=signed(word)) for word in WORDS],
        loc="outside lower center", ncols=3, frameon=False,
    )  # fmt: skip
    figure.suptitle(f"{title}: badges, and faithfulness above random orders (spreads of the target)", fontsize=11)
    return figure


def sanity_figure(scores: pd.DataFrame, step: int, target: str, methods: Sequence[str], *, title: str) -> Figure:
    """What is left of the maps when layers are drawn anew: from the output down, one by one, and by SSIM."""
    chosen = scores[(scores.step == step) & (scores.target == target)].set_index(["method", "score"])
    places = sorted({int(s.split("/")[3]) for s in scores.score if s.startswith("sanity/rank-used/independent/")})
    panels = (
        ("rank-used", "cascading", "rank correlation, cascading"),
        ("rank-used", "independent", "rank correlation, one layer"), ("ssim", "cascading", "SSIM, cascading"),
    )  # fmt: skip
    figure = Figure(figsize=(13, 5.2), layout="constrained")
    axes = figure.subplots(1, 3, sharey=True)
    for axis, (measure, test, name) in zip(axes, panels, strict=True):
        for number, method in enumerate(methods):
            keys = [(method, f"sanity/{measure}/{test}/{_place(test, p, places)}") for p in places]
            found = chosen.reindex(keys)
            colour, dash = _LINES[number % len(_LINES)], _DASHES[number // len(_LINES) % len(_DASHES)]
            axis.plot(places, found.value, dash, color=colour, marker="o", markersize=3, linewidth=1.3)
            axis.fill_between(places, found.low, found.high, color=colour, alpha=0.08, linewidth=0)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel("layers drawn anew, from the output" if test == "cascading" else "layer, from the output")
        axis.set_xticks(places)
        axis.axhline(1, color="0.3", linewidth=0.8, linestyle=":")
        axis.axhline(0, color="0.3", linewidth=0.8)
        axis.grid(alpha=0.25, linewidth=0.5)
    axes[0].set_ylabel("how much of the map stays")
    handles = [
        Line2D([], [], color=_LINES[n % len(_LINES)], linestyle=_DASHES[n // len(_LINES) % 3], label=method)
        for n, method in enumerate(methods)
    ]
    figure.legend(handles=handles, loc="outside right center", frameon=False, fontsize=8)
    figure.suptitle(f"{title}: randomised layers, step {step:,}, {target}", fontsize=11)
    return figure


def agreement_figure(agreement: pd.DataFrame, methods: Sequence[str], *, title: str) -> Figure:
    """Mean rank correlation of the maps of each two methods; rows and columns in the leaderboard's order.

    Args:
        agreement: columns first, second, value, of one snapshot and target.
        methods: in order.
        title: of the figure.
    """
    place = {method: number for number, method in enumerate(methods)}
    matrix = np.eye(len(methods))
    for first, second, value in zip(agreement["first"], agreement["second"], agreement["value"], strict=True):
        matrix[place[first], place[second]] = matrix[place[second], place[first]] = value
    figure = Figure(figsize=(1.5 + 0.48 * len(methods), 1.2 + 0.42 * len(methods)), layout="constrained")
    axis = figure.subplots()
    shown = axis.imshow(matrix, cmap="PuOr_r", vmin=-1, vmax=1)
    for (y, x), value in np.ndenumerate(matrix):
        dark = abs(value) > 0.7
        axis.text(x, y, f"{value:.1f}", ha="center", va="center", fontsize=6.5, color="w" if dark else "k")
    axis.set_xticks(range(len(methods)), methods, rotation=60, ha="right", fontsize=8)
    axis.set_yticks(range(len(methods)), methods, fontsize=8)
    figure.colorbar(shown, ax=axis, shrink=0.7, label="rank correlation of |R|")
    axis.set_title(title, fontsize=10)
    return figure


def robustness_figure(decisions: pd.DataFrame, patches: pd.DataFrame, *, title: str) -> Figure:
    """Share of decisions that small changes change, and how often a patch gets its action pressed, over training.

    Args:
        decisions: columns step, score, value, low, high.
        patches: columns step, size, score (patch, without), value, low, high.
        title: of the figure.
    """
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    kinds = [name for name in dict.fromkeys(decisions.score) if name != "margin" and not name.startswith("noise-patch")]
    for number, name in enumerate(kinds):
        dash = _DASHES[number // len(_LINES) % len(_DASHES)]
        _curve(left, decisions[decisions.score == name], name, _LINES[number % len(_LINES)], dash)
    left.set_title("decisions changed by", fontsize=10)
    for (size, group), colour in zip(patches.groupby("size"), _LINES, strict=False):
        _curve(right, group[group.score == "patch"], f"adversarial patch, {size} × {size}", colour, "-")
        noise = decisions[decisions.score == f"noise-patch-{size}"]
        _curve(right, noise, f"noise in its place, {size} × {size}: decision changed", colour, ":")
    chance = patches[patches.score == "without"].value.mean()  # every state has one action
    right.axhline(chance, color="0.4", linewidth=0.8, label="no patch, mean over actions")
    right.set_title("chosen action pressed, mean over actions", fontsize=10)
    for axis in (left, right):
        axis.set(ylim=(-0.03, 1.03), xlabel="training (decisions)")
        axis.grid(alpha=0.25, linewidth=0.5)
        columns = 3 if axis is left else 2
        axis.legend(fontsize=7.5, frameon=False, ncols=columns, loc="upper center", bbox_to_anchor=(0.5, -0.14))
        axis.xaxis.set_major_formatter(lambda step, _: short(int(step)))
    left.set_ylabel("share of states")
    figure.suptitle(f"{title}: robustness of the agent", fontsize=11)
    return figure


def _curve(axis: Axes, rows: pd.DataFrame, label: str, colour: str, dash: str) -> None:
    rows = rows.sort_values("step")
    axis.plot(rows.step, rows.value, dash, color=colour, marker="o", markersize=3, linewidth=1.3, label=label)
    axis.fill_between(rows.step, rows.low, rows.high, color=colour, alpha=0.1, linewidth=0)


def _place(test: str, place: int, places: Sequence[int]) -> str:
    return "all" if test == "cascading" and place == places[-1] else str(place)


def _cell(x: int, y: int, colour: str) -> Patch:
    return Rectangle((x - 0.47, y - 0.45), 0.94, 0.9, color=colour, alpha=0.75, linewidth=0)
