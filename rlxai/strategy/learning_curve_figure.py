"""The figure of learning curves."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

_TRAINING, _EVALUATION, _REFERENCE = "#0072b2", "#d55e00", "0.45"  # of Okabe and Ito's palette


def curve_figure(curves: pd.DataFrame, games: pd.DataFrame, *, title: str, kind: str, reference: str = "") -> Figure:
    """Mean score over training: evaluation with intervals and single games, training, and a reference behind.

    Args:
        curves: long table with the columns of `rlxai.strategy.learning_curve.COLUMNS`.
        games: evaluation games, columns step and score.
        title: of the figure.
        kind: what the evaluation games are, in words.
        reference: whose training the reference is; empty where there is none.
    """
    figure = Figure(figsize=(10, 5.6), layout="constrained")
    axis = figure.add_subplot()
    shown = {str(name): rows.sort_values("step") for name, rows in curves.groupby("series")}
    last = max(int(rows.step.max()) for name, rows in shown.items() if not name.startswith("reference"))
    for name, style in (("reference evaluation", "--"), ("reference training", "-")):
        if name in shown:
            rows = shown[name][shown[name].step <= 1.02 * last]
            label = f"{reference}: {name.removeprefix('reference ')}"
            axis.plot(rows.step, rows["mean"], style, color=_REFERENCE, linewidth=1.2, label=label)
    if "training" in shown:
        rows = shown["training"]
        axis.plot(rows.step, rows["mean"], color=_TRAINING, linewidth=1.4, label="training, mean of the last 100 games")
    if "evaluation" in shown:
        rows = shown["evaluation"]
        axis.plot(games.step, games.score, ".", color=_EVALUATION, alpha=0.3, markersize=5.5, markeredgewidth=0)
        axis.errorbar(
            rows.step, rows["mean"], (rows["mean"] - rows.low, rows.high - rows["mean"]), color=_EVALUATION, fmt="o-",
            markersize=4.5, linewidth=1.4, elinewidth=1.4, capsize=2.5, clip_on=False, label=f"evaluation, {kind}",
        )  # fmt: skip
    axis.set_xlim(-0.015 * last, 1.02 * last or 1)
    axis.set_ylim(bottom=0)
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    axis.set_xlabel("training (decisions)")
    axis.set_ylabel("score")
    axis.set_title(title, loc="left", fontweight="bold")
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25, linewidth=0.5)
    handles, labels = axis.get_legend_handles_labels()
    axis.legend(handles[::-1], labels[::-1], loc="upper left", frameon=False)  # drawn last, read first
    return figure
