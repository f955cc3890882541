"""Strategy results of a run: verdicts on claims with their evidence and moments, emergence, leads."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import pandas as pd

from rlxai.store import Commit, Run
from rlxai.store.readable import read_table, readable
from rlxai.strategy.claims.claim import Claim, Evidence
from rlxai.strategy.claims.moments import Moment
from rlxai.strategy.claims.words import control_words, number

ORDER = ("supported", "refuted", "untested")
"""Verdicts as they are shown: what is known first."""


@dataclass(frozen=True)
class Piece:
    """One piece of evidence in numbers; NaN where unknown."""

    figure: str
    states: str
    value: float
    low: float
    high: float
    games: int
    needed: str
    """What is asked of it, in words and numbers."""
    outcome: str


@dataclass(frozen=True)
class Card:
    """A claim as it is shown."""

    name: str
    verdict: str
    hypothesis: str
    pieces: tuple[Piece, ...]
    best: tuple[Moment, ...]
    worst: tuple[Moment, ...]


def results(run: Run) -> tuple[dict[str, Commit], list[str]]:
    """By "target by method", the last result of each that holds curves; and one sentence per damaged one."""
    commits, problems = readable(run, "strategy")
    found: dict[str, Commit] = {}
    for commit in commits:
        if {"curves.parquet", "verdicts.parquet"} <= set(commit.files):
            found.setdefault(f"{commit.summary['target']} by {commit.summary['method']}", commit)
    return found, problems


def common(a: Run, b: Run) -> tuple[str, str] | None:
    """Method and target of the last strategy result of `a` that `b` has one of too; None where there is none."""
    of_b = results(b)[0]
    shared = next((commit for name, commit in results(a)[0].items() if name in of_b), None)
    return None if shared is None else (str(shared.summary["method"]), str(shared.summary["target"]))


def cards(commit: Commit) -> list[Card]:
    """All claims, supported ones first.

    Raises:
        RunError: a table is missing or damaged.
    """
    verdicts = read_table(commit, "verdicts.parquet")
    evidence = read_table(commit, "evidence.parquet")
    moments = read_table(commit, "moments.csv")
    claims = {claim["name"]: Claim.from_dict(claim) for claim in commit.spec["claims"]}
    found = [
        Card(
            str(row.claim), str(row.verdict), str(row.hypothesis),
            _pieces(evidence[(evidence.claim == row.claim) & (evidence.verdict_of == "run")], claims[str(row.claim)]),
            *(_moments(moments[(moments.claim == row.claim) & (moments.shows_it == which)]) for which in _WHICH),
        )
        for row in verdicts[verdicts.step == "run"].itertuples()
    ]  # fmt: skip
    return sorted(found, key=lambda card: (ORDER.index(card.verdict), card.name))


def verdict_table(commit: Commit) -> pd.DataFrame:
    """Verdicts at each snapshot: columns claim, step (int), verdict, sentence."""
    table = read_table(commit, "verdicts.parquet")
    own = table[table.step != "run"]
    return own.assign(step=own.step.astype("int64"))[["claim", "step", "verdict", "sentence"]]


_WHICH = ("best", "worst")


def _pieces(rows: pd.DataFrame, claim: Claim) -> tuple[Piece, ...]:
    return tuple(
        Piece(
            row["figure"], row["states"], row["value"], row["low"], row["high"], int(row["games"]),
            needed(asked, row["threshold_low"], row["threshold_high"]), row["outcome"],
        )
        for row, asked in zip(rows.to_dict("records"), claim.evidence, strict=True)
    )  # fmt: skip


def needed(asked: Evidence, low: float, high: float) -> str:
    """What evidence asks of a figure, in words, with the threshold it comes to.

    Args:
        asked: the piece of evidence.
        low: lowest value of the threshold, factor and margin included; NaN where unknown.
        high: highest, likewise.
    """
    if isinstance(asked.than, float):
        margin = f" by {number(asked.margin)}" if asked.is_ == "differs" and asked.margin else ""
        return f"{_SIDES[asked.is_]} {number(low)}{margin}"
    of = "the first snapshot"
    if asked.than != "figure-at-step-0":
        of = control_words(asked.than.removeprefix("control:"), asked.figure)
    if asked.factor != 1:
        of = f"{asked.factor:g} × {of}" if asked.is_ == "above" else f"{of} ÷ {asked.factor:g}"
    if asked.margin:
        of += f" by {number(asked.margin)}"
    end = {"above": number(high), "below": number(low)}.get(asked.is_, f"{number(low)} to {number(high)}")
    return f"{_SIDES[asked.is_]} {of} ({end if isfinite(low) else 'unknown'})"


_SIDES = {"above": "above", "below": "below", "differs": "apart from"}


def _moments(rows: pd.DataFrame) -> tuple[Moment, ...]:
    return tuple(
        Moment(str(row.figure), int(row.step), str(row.game), int(row.decision), float(row.value))  # type: ignore[arg-type]
        for row in rows.itertuples()
    )
