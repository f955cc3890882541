"""The moments that show a claim best and worst: where the figure of its evidence is highest and lowest."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from rlxai.strategy.claims.verdict import Verdict

COLUMNS = ("figure", "states", "step", "game", "decision", "value")
"""Of the table of moments: a figure at one decision of a recorded game, as one snapshot has it."""


@dataclass(frozen=True)
class Moment:
    """One decision that shows a claim well, or badly."""

    figure: str
    step: int
    """Snapshot whose figure it is."""
    game: str
    """Task of the episode."""
    decision: int
    value: float


def moments_of(verdict: Verdict, table: pd.DataFrame, count: int = 2) -> tuple[list[Moment], list[Moment]]:
    """Up to `count` moments at which the first piece of evidence that is known moment by moment holds best, and worst.

    Args:
        verdict: of a claim.
        table: columns `COLUMNS`; of equal values, game and decision decide, so that the choice is the same again.
        count: of each kind, from different games as far as there are any.

    Returns:
        Best and worst, most telling first; both empty where nothing of the evidence is known moment by moment.
    """
    for finding in verdict.findings:
        one = finding.evidence
        rows = table[(table.figure == one.figure) & (table.step == (-1 if finding.step is None else finding.step))]
        rows = rows[rows.states == one.states] if (rows.states == one.states).any() else rows
        rows = rows.dropna(subset=["value"]).sort_values(["value", "game", "decision"], kind="stable")
        if len(rows) > 1:
            low, high = _spread(rows, count), _spread(rows[::-1], count)
            return (low, high) if one.is_ == "below" else (high, low)
    return [], []


def _spread(rows: pd.DataFrame, count: int) -> list[Moment]:
    """The first rows of different games, then further ones."""
    first = rows.drop_duplicates("game")
    chosen = pd.concat([first, rows.drop(first.index)])[:count]
    return [
        Moment(str(row.figure), int(row.step), str(row.game), int(row.decision), float(row.value))  # type: ignore[arg-type]
        for row in chosen.itertuples()
    ]
