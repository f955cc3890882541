"""Sentences about two sides, every one made from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rlxai.strategy.claims.verdict import FEWEST_GAMES
from rlxai.strategy.claims.words import figure_words, number
from rlxai.strategy.compare.replicates import Replicates
from rlxai.strategy.compare.table import EXPLORED


def design_words(
    made: pd.DataFrame, sizes: Mapping[str, int], replicates: Replicates, seeds: Mapping[str, Sequence[object]]
) -> list[str]:
    """What the comparison can and cannot tell.

    Args:
        made: columns key, a, b: what differs in how the sides were made.
        sizes: trainings on each side.
        replicates: see `rlxai.strategy.compare.replicates`.
        seeds: of the trainings of each side, None where unknown.
    """
    factors = [str(key) for key in made.key if key != "seed"]
    if not factors:
        factor = "Nothing recorded of how they were made differs" + (" but the seed." if len(made) else ".")
    elif len(factors) == 1:
        factor = f"Apart from seeds, A and B differ in {factors[0]}."
    else:
        factor = (
            f"A and B differ in {len(factors)} things apart from seeds ({', '.join(factors)}), so a difference of "
            "results cannot be put down to one of them."
        )
    if replicates == "games":
        few = " and ".join(
            f"{'one training' if size == 1 else f'{size} trainings'} of {side}" for side, size in sizes.items()
        )
        why = (
            f"With {few} every interval is of these very trainings, over their games. One seed cannot separate "
            "what differs from the luck of the seed: another seed of the same recipe may differ as much. That takes "
            "several trainings on both sides."
        )
    else:
        why = (
            f"Trainings are the replicates ({sizes['A']} of A, {sizes['B']} of B): intervals are of what such "
            "trainings are like, seeds and games drawn anew."
        )
        if min(sizes.values()) < FEWEST_GAMES:
            why += f" With fewer than {FEWEST_GAMES} on a side no difference of values is called one."
    said = [factor, why]
    for side, known in seeds.items():
        if len(known) > 1 and None in known:
            said.append(f"Not all seeds of {side} are recorded, so whether its trainings are replicates is not known.")
        elif len(set(known)) < len(known):
            said.append(
                f"Trainings of {side} have equal seeds ({', '.join(map(str, known))}): they may be no replicates."
            )
    return said


def score_words(table: pd.DataFrame, reached: pd.DataFrame, replicates: Replicates, what: str) -> list[str]:
    """Score over training, at the last matched step, how often apart, and steps to thresholds."""
    said = []
    steps = table[table.step.notna()]
    for _, row in table[table.step.isna()].iterrows():
        span = f"from step {steps.step.min():,} to {steps.step.max():,}"
        said.append(f"The mean score over training ({what}, {span}) is {_both(row)}: {_verdict(row, 1)}.")
    if len(steps):
        last = steps.iloc[-1]
        unit = "game" if replicates == "games" else "training"
        chance = f"{last.probability:.2f}{_range(last.probability_low, last.probability_high, '.2f')}"
        said.append(
            f"At the last matched step, {last.step:,}, it is {_both(last)}; a {unit} of A has more than one of B with "
            f"probability {chance}."
        )
        said.append(_count(steps, "matched step"))
    for _, row in reached.iterrows():
        said.append(_reached(row))
    return said


def curve_words(table: pd.DataFrame) -> list[str]:
    """The curves chosen beforehand: which differ over training, which do not, and how many steps do."""
    rows = table[table.family.str.startswith("curves")]
    whole = rows[rows.step.isna()]
    told = whole.verdict != "cannot be told"
    said = [
        f"Over training, the {_curve(row)} is {_both(row)}: {_verdict(row, len(whole))}."
        for _, row in whole[told].iterrows()
    ]
    if not told.all():
        names = ", ".join(_curve(row) for _, row in whole[~told].iterrows())
        said.append(
            f"Over training, which is higher cannot be told, after Holm's adjustment for {len(whole)}, of: {names}."
        )
    if len(steps := rows[rows.step.notna()]):
        said.append(_count(steps, "comparison of a curve at a step", "comparisons of curves at steps"))
    if explored := int((table.low.notna() & (table.family == EXPLORED)).sum()):
        said.append(
            f"The table holds {explored} more intervals of curves that were not chosen beforehand; about "
            f"{0.05 * explored:.0f} of them leave out 0 by chance alone."
        )
    return said


def emergence_words(table: pd.DataFrame) -> list[str]:
    """Which side's curves change first."""
    said = []
    for _, row in table[table.verdict != "cannot be told"].iterrows():
        low, high = sorted((abs(row.low), abs(row.high)))
        said.append(
            f"The {_curve(row)} changes first in {row.verdict[0]}, by {abs(row.difference):,.0f} steps (95 % interval "
            f"{low:,.0f} to {high:,.0f}): {_steps(row)}."
        )
    for why, rows in table[table.verdict == "cannot be told"].groupby("why", sort=False):
        each = [
            f"{_curve(row)}{f' ({_steps(row)})' if np.isfinite(row.difference) else ''}" for _, row in rows.iterrows()
        ]
        said.append(f"In which one changes first cannot be told, since {why}, of: {'; '.join(each)}.")
    if len(table) > 1:
        said.append(f"These are {len(table)} comparisons, their intervals not adjusted for that.")
    return said


def _curve(row: pd.Series) -> str:
    return "score" if row.figure == "score" else f"{figure_words(str(row.figure))} on {row.states} states"


def _steps(row: pd.Series) -> str:
    return f"A {_step(row.a, row.a_low, row.a_high)}, B {_step(row.b, row.b_low, row.b_high)}"


def _both(row: pd.Series) -> str:
    sides = (f"{number(row[s])}{_range(row[f'{s}_low'], row[f'{s}_high'])} in {s.upper()}" for s in ("a", "b"))
    return f"{' and '.join(sides)}, a difference of {number(row.difference)}{_range(row.low, row.high)}"


def _range(low: float, high: float, form: str = "") -> str:
    if not np.isfinite([low, high]).all():
        return " (no interval)"
    return f" ({format(low, form)} to {format(high, form)})" if form else f" ({number(low)} to {number(high)})"


def _verdict(row: pd.Series, compared: int) -> str:
    adjusted = "" if compared == 1 else f" after Holm's adjustment for {compared} curves"
    p = f" (p = {number(row.p_holm)}{adjusted})" if np.isfinite(row.p_holm) else ""
    if row.verdict != "cannot be told":
        return f"{row.verdict[0]} is higher{p}"
    few = " (too few units)" if min(row.units_a, row.units_b) < FEWEST_GAMES else p
    return f"which is higher cannot be told{few}"


def _count(steps: pd.DataFrame, one: str, many: str = "") -> str:
    known = steps[steps.low.notna()]
    apart = int(((known.low > 0) | (known.high < 0)).sum())
    sure = {side: int((steps.verdict == f"{side} higher").sum()) for side in "AB"}
    if known.empty:
        return f"No {one} has an interval: that takes two games or more on each side, not all equal."
    name = one if len(known) == 1 else many or f"{one}s"
    return (
        f"Of {len(known)} {name} with an interval, {apart} have one without 0; after Holm's adjustment A is higher at "
        f"{sure['A']} and B at {sure['B']}."
    )


def _reached(row: pd.Series) -> str:
    if row.verdict == "cannot be told":
        return f"Which reaches {number(row.threshold)} points first cannot be told: {_steps(row)}."
    return f"{row.verdict[0]} reaches {number(row.threshold)} points first: {_steps(row)}."


def _step(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "not at one step"
    at = "never" if np.isinf(value) else f"at {value:,.0f}"
    if not (np.isfinite(low) or np.isfinite(high)):
        return at
    return f"{at} ({_end(low)} to {_end(high)})"


def _end(value: float) -> str:
    return f"{value:,.0f}" if np.isfinite(value) else "never" if value > 0 else "unknown"
