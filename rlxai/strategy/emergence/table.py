"""Emergence of many curves at once, from a tidy table to a tidy table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import numpy as np
import pandas as pd

from rlxai.strategy.emergence.change import ALPHA, DRAWS, change_point, lead


def emergence_table(table: pd.DataFrame, *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """The change of each curve, see `rlxai.strategy.emergence.change.change_point`.

    Args:
        table: columns step, game, name, value; one row per game and name, NaN or no row where undefined.
        draws: permutations, and curves drawn for each interval.
        seed: of all generators.

    Returns:
        One row per name, in the order of first appearance: name, the fields of `Change`, and `p_holm`, the p-value
        adjusted by Holm 1979 for the number of curves tested, since of 20 flat curves one "changes" at 5 %. Choose
        the curves beforehand, and few: with 12 snapshots p is 0.002 at the least, so that of more than 20 none passes.
    """
    rows = []
    for name in table.name.unique():
        steps, games = _curve(table, name)
        rows.append({"name": name, **asdict(change_point(steps, games, draws=draws, seed=seed))})
    found = pd.DataFrame(rows)
    return found.assign(p_holm=holm(found.p.to_numpy())) if rows else found


def lead_table(
    table: pd.DataFrame, pairs: Iterable[tuple[str, str]], *, draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """Which curve of each pair changes first, see `rlxai.strategy.emergence.change.lead`.

    Args:
        table: as for `emergence_table`.
        pairs: names of a first and a second curve.
        draws: as for `emergence_table`.
        seed: of all generators.

    Returns:
        One row per pair: first, second, and the fields of `Lead`.
    """
    rows = []
    for first, second in pairs:
        a, b = dict(zip(*_curve(table, first), strict=True)), dict(zip(*_curve(table, second), strict=True))
        steps = sorted({*a, *b})
        none = np.zeros(0)
        found = lead(
            steps, [a.get(s, none) for s in steps], [b.get(s, none) for s in steps],
            draws=draws, alpha=ALPHA, seed=seed,
        )  # fmt: skip
        rows.append({"first": first, "second": second, **asdict(found)})
    return pd.DataFrame(rows)


def _curve(table: pd.DataFrame, name: str) -> tuple[list[int], list[np.ndarray]]:
    rows = table[table.name == name].sort_values(["step", "game"])
    steps = sorted(set(rows.step.tolist()))
    return steps, [rows.value[rows.step == step].to_numpy(np.float64) for step in steps]


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values; NaN stays NaN and is not counted."""
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(np.where(np.isnan(p), np.inf, p))[: int(np.isfinite(p).sum())]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return adjusted
