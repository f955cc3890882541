"""Tables over snapshots, methods and targets: scores with intervals, badges, and the leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from rlxai.trust.badge import Score, badge, score
from rlxai.trust.rule import RULE
from rlxai.trust.words import WORDS

KEYS = ["step", "method", "target"]
_SCORE = ("value", "low", "high", "games", "sure_low", "sure_high")
SHOWN = (
    "above-random/mean", "above-edges/mean", "pointing/visible-ball", "pointing/ball", "sanity/rank-used/cascading/1",
    "sanity/rank-used/cascading/all", "sanity/rank-used/unrelated", "actions", "neurons", "continuity/noise",
    "conservation/error", "conservation/kept", "implementation/twin", "patch/lift", "empty",
)  # fmt: skip
"""Scores that the leaderboard has columns for; all others are in the table of scores."""


def with_means(rows: pd.DataFrame) -> pd.DataFrame:
    """Game rows with the mean over fills of what is told fill by fill: scores `above-random/mean` and the like."""
    family = rows.score.str.partition("/")[0]
    several = rows[family.isin(("faithfulness", "above-random", "above-edges"))]
    renamed = several.assign(score=several.score.str.partition("/")[0] + "/mean")
    means = renamed.groupby([*KEYS, "score", "game"], sort=False)["value"].mean().reset_index()
    return pd.concat([rows, means], ignore_index=True)


def score_table(rows: pd.DataFrame, keys: Sequence[str] = (*KEYS, "score")) -> pd.DataFrame:
    """Means over games with intervals: one row per key, columns value, low, high, games, sure_low, sure_high.

    Args:
        rows: one per key and game, with its `value`.
        keys: columns.
    """
    found = [
        {**dict(zip(keys, key, strict=True)), **asdict(score(group.value.tolist()))}
        for key, group in rows.groupby(list(keys), sort=False)
    ]
    return pd.DataFrame(found)


def badge_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Badges: one row per step, method and target, with how each criterion was answered, and the reasons."""
    found = []
    for key, group in scores.groupby(KEYS, sort=False):
        by_name = {
            row["score"]: Score(*(row[column] for column in _SCORE))
            for row in group.to_dict("records")
            if not row["score"].endswith("/mean")
        }
        earned = badge(by_name, str(key[2]))
        found.append({
            **dict(zip(KEYS, key, strict=True)), "badge": earned.word, "reasons": "; ".join(earned.reasons),
            **earned.answers,
        })  # fmt: skip
    return pd.DataFrame(found, columns=[*KEYS, "badge", "reasons", *(criterion.name for criterion in RULE)])


def leaderboard(scores: pd.DataFrame, badges: pd.DataFrame) -> pd.DataFrame:
    """One row per step, method and target: badge, reasons and the main scores, the most faithful first.

    Columns SCORE, SCORE low and SCORE high for each of `SHOWN`.
    """
    shown = scores[scores.score.isin(SHOWN)]
    wide = shown.pivot(index=KEYS, columns="score", values=["value", "low", "high"])
    names = [(str(column[0]), str(column[1])) for column in wide.columns.to_flat_index()]
    wide.columns = pd.Index([name if kind == "value" else f"{name} {kind}" for kind, name in names])
    order = [column for name in SHOWN for column in (name, f"{name} low", f"{name} high") if column in wide.columns]
    board = badges[[*KEYS, "badge", "reasons"]].merge(wide[order].reset_index(), on=KEYS)
    rank = board.badge.map({word: place for place, word in enumerate(WORDS)})
    places = np.lexsort((-board["above-random/mean"].fillna(-np.inf), rank, board.step, board.target))
    return board.iloc[places].reset_index(drop=True)


def method_order(badges: pd.DataFrame, scores: pd.DataFrame, target: str) -> list[str]:
    """Methods of a target: those with the better badges first, then the more faithful on average."""
    rank = {word: place for place, word in enumerate(WORDS)}
    of_target = badges[badges.target == target]
    worse = of_target.badge.map(rank).groupby(of_target.method).mean()
    faithful = scores[(scores.target == target) & (scores.score == "above-random/mean")].groupby("method").value.mean()
    return sorted(worse.index, key=lambda method: (worse[method], -faithful.get(method, -np.inf)))
