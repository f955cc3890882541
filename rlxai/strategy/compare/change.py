"""When curves change in A and in B, and how far apart; one curve is `rlxai.strategy.emergence.change`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from rlxai.strategy.compare.draws import Training
from rlxai.strategy.compare.replicates import Estimate, Replicates, Side, make_side, weigh
from rlxai.strategy.emergence.change import DRAWS, Change, change_point
from rlxai.strategy.emergence.step_fit import Curve

COLUMNS = (
    "figure", "states", "trainings_a", "found_a", "direction_a", "a", "a_low", "a_high", "trainings_b", "found_b",
    "direction_b", "b", "b_low", "b_high", "difference", "low", "high", "verdict", "why",
)  # fmt: skip


def compare_emergence(
    games: pd.DataFrame, curves: Sequence[tuple[str, str]], replicates: Replicates, *, draws: int = DRAWS
) -> pd.DataFrame:
    """Emergence of each curve on both sides, and that of A less that of B.

    A change lies somewhere between a snapshot and the one before. So the interval of the difference reaches from the
    snapshot before the change in A less that at it in B, to the opposite, over drawn changes of both; without that,
    two equal trainings with snapshots at other steps would seem to differ. Nothing is said unless a change of one
    direction is found in every training. Trainings count as in `rlxai.strategy.compare.replicates`.

    Args:
        games: columns side ("A", "B"), training (number on the side), figure, states, step, value; a row per game, of
            all snapshots there are.
        curves: (figure, states) of those to look at, chosen beforehand.
        replicates: see `rlxai.strategy.compare.replicates`.
        draws: permutations and drawn curves of each.

    Returns:
        One row per curve that both sides have; the columns are `COLUMNS`.
    """
    rows = []
    for figure, states in curves:
        own = games[(games.figure == figure) & (games.states == states)]
        sides = {side: _changes(own[own.side == side], (figure, states), draws) for side in ("A", "B")}
        if all(sides.values()):
            rows.append({"figure": figure, "states": states, **_compare(sides["A"], sides["B"], replicates)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _changes(games: pd.DataFrame, name: tuple[str, str], draws: int) -> list[tuple[Change, Training | None]]:
    """Of each training its change, and drawn (snapshot before, snapshot at it); None where it has none."""
    found: list[tuple[Change, Training | None]] = []
    for place, (_, rows) in enumerate(games.groupby("training")):
        by_step = {int(step): rows.value[rows.step == step].to_numpy(float) for step in sorted(set(rows.step))}
        change = change_point(list(by_step), list(by_step.values()), draws=draws)
        if not change.found:
            found.append((change, None))
            continue
        curve = Curve.of(list(by_step), list(by_step.values()))
        # Two trainings are apart: their residuals are drawn with different seeds.
        splits, _ = curve.draw(draws, crc32(repr((*name, rows.side.iloc[0], place)).encode()))
        best = np.array([curve.split])
        steps, drawn = (np.stack([curve.steps[at - 1], curve.steps[at]], axis=1) for at in (best, splits))
        found.append((change, Training(steps[0], drawn, np.full(2, np.inf), np.full(2, curve.games), together=True)))
    return found


def _compare(
    a: list[tuple[Change, Training | None]], b: list[tuple[Change, Training | None]], replicates: Replicates
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    sides: list[Side] = []
    for name, found in (("a", a), ("b", b)):
        trainings = [training for _, training in found if training is not None]
        directions = {change.direction for change, _ in found}
        row |= {f"trainings_{name}": len(found), f"found_{name}": len(trainings), f"direction_{name}": 0}
        row |= {name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
        if len(trainings) == len(found) and len(directions) == 1:
            side = make_side(trainings, replicates, seed=(len(sides),))
            change, one = found[0][0], _whole(weigh(side, None, np.array([0.0, 1.0])))
            if len(found) == 1:
                one = Estimate(change.step, change.low, change.high)
            row |= {f"direction_{name}": change.direction, name: one.value}
            row |= {f"{name}_low": one.low, f"{name}_high": one.high}
            sides.append(side)
    difference, why = Estimate(np.nan), _missing(row, a, b)
    if not why:
        swapped = make_side([_swapped(t) for _, t in b if t], replicates, seed=(1,))  # (at the change, before it)
        earliest, latest = (_whole(weigh(sides[0], swapped, w)) for w in np.eye(2))
        difference = Estimate(row["a"] - row["b"], earliest.low, latest.high)
    low, high = difference.low, difference.high
    verdict = "A first" if high < 0 else "B first" if low > 0 else "cannot be told"
    why = why or ("the interval holds 0" if verdict == "cannot be told" else "")
    return {**row, "difference": difference.value, "low": low, "high": high, "verdict": verdict, "why": why}


def _missing(
    row: dict[str, Any], a: list[tuple[Change, Training | None]], b: list[tuple[Change, Training | None]]
) -> str:
    for name, found in (("A", a), ("B", b)):
        if (count := row[f"found_{name.lower()}"]) < len(found):
            of = "" if len(found) == 1 else f" in {len(found) - count} of {len(found)} trainings"
            return f"no change is found in {name}{of}"
        if not row[f"direction_{name.lower()}"]:
            return f"trainings of {name} change in opposite directions"
    return "" if row["direction_a"] == row["direction_b"] else "A and B change in opposite directions"


def _swapped(training: Training) -> Training:
    return replace(training, estimate=training.estimate[::-1], draws=training.draws[:, ::-1])


def _whole(found: Estimate) -> Estimate:
    """Draws that all change at one snapshot are as certain as snapshots can tell."""
    return found if np.isfinite(found.low) else Estimate(found.value, found.value, found.value)
