"""Learning curves: score over training, in training games, in evaluation games, and in a reference training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ("series", "step", "games", "mean", "low", "high", "best")
"""Of the long table; low and high limit the mean's 95 % interval. Cells are empty where a series has no such thing."""
WINDOW = 100
"""Training games that are averaged."""
_POINTS = 400
_REFERENCES = {"breakout": ("rl-baselines3-zoo's DQN", "sb3-zoo-dqn-breakout.csv")}


def training_curve(returns: np.ndarray, lengths: np.ndarray, frame_skip: int) -> pd.DataFrame:
    """Mean score of the last 100 training games (fewer at the start), exploration included, at most 400 rows.

    Games of parallel environments are in the order of their ends. The step at which one ends is taken to be the sum of
    all lengths so far; steps of games still under way are left out, so that it is a little early.

    Args:
        returns: unclipped scores (G,).
        lengths: in emulator frames (G,).
        frame_skip: frames per decision.
    """
    games = pd.Series(np.asarray(returns, float)).rolling(WINDOW, min_periods=1)
    table = pd.DataFrame({
        "series": "training", "step": (np.cumsum(lengths) / frame_skip).astype(np.int64),
        "games": games.count().astype(np.int64), "mean": games.mean(), "best": games.max(),
    })  # fmt: skip
    return table.iloc[np.unique(np.linspace(0, len(table) - 1, min(_POINTS, len(table))).round().astype(int))]


def reference_curve(game: str) -> tuple[str, pd.DataFrame] | None:
    """A published training of the game without sticky actions: who it is, and its curve; None where there is none.

    The source and how it was thinned are told in the head of the file in `rlxai/strategy/reference`.
    """
    if game not in _REFERENCES:
        return None
    name, file = _REFERENCES[game]
    table = pd.read_csv(Path(__file__).parent / "reference" / file, comment="#")
    parts = [
        pd.DataFrame({"series": f"reference {kind}", "step": table.step, "mean": table[kind]}).dropna()
        for kind in ("training", "evaluation")
    ]
    return name, pd.concat(parts)
