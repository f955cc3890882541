"""Verdicts: what the measured curves say about a claim, never more than they do.

A piece of evidence compares the interval [l, u] of a figure (95 %, over games, see `rlxai.strategy.curves`) with a
threshold [a, b]. That of a number is the number; that of a control reaches from its lowest to its highest draw, or, of
a single draw known game by game, is its interval; that of the figure at the first snapshot is its interval there.
Factor and margin move the threshold away from the easy side.

    above:   holds if l > b, fails if u < a        below: holds if u < a, fails if l > b
    differs: holds if l > b + margin or u < a - margin, fails if a - margin < l and u < b + margin
    otherwise, or where something is not measured or known from fewer than 3 games, it cannot be told

A claim is supported if all its evidence holds, refuted if any fails, else untested. Needing all of it, a claim is false
with at most the probability of its weakest evidence. Nothing is adjusted for the number of claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

from rlxai.strategy.claims.claim import Claim, Evidence
from rlxai.strategy.claims.words import sentence_of, verdict_sentence
from rlxai.strategy.curves import Curves, Estimate
from rlxai.strategy.emergence.change import change_point

FEWEST_GAMES = 3
Outcome = Literal["holds", "fails", "cannot be told"]
Word = Literal["supported", "refuted", "untested"]


@dataclass(frozen=True)
class Finding:
    """One piece of evidence against the numbers."""

    evidence: Evidence
    step: int | None
    """Snapshot looked at; None where there is none to look at."""
    estimate: Estimate | None
    threshold: tuple[float, float]
    """Lowest and highest, factor and margin included; NaN where unknown."""
    outcome: Outcome
    said: str
    """The figure in words."""
    compared: str
    """How it compares, or why it cannot be told."""

    @property
    def sentence(self) -> str:
        """Both, without a full stop."""
        return f"{self.said}, {self.compared}"


@dataclass(frozen=True)
class Verdict:
    """A claim, judged."""

    claim: Claim
    word: Word
    sentence: str
    """What was found, in numbers; generated from them."""
    findings: tuple[Finding, ...]

    @property
    def step(self) -> int | None:
        """The snapshot judged; None where the evidence looks at several."""
        steps = {finding.step for finding in self.findings}
        return steps.pop() if len(steps) == 1 else None


def judge(claim: Claim, curves: Curves, step: int | None = None) -> Verdict:
    """The verdict on a claim, at the snapshots that its evidence names, or at one given snapshot."""
    findings = tuple(_find(evidence, curves, step) for evidence in claim.evidence)
    outcomes = {finding.outcome for finding in findings}
    word: Word = "refuted" if "fails" in outcomes else "supported" if outcomes == {"holds"} else "untested"
    return Verdict(claim, word, verdict_sentence(word, [(f.outcome, (f.said, f.compared)) for f in findings]), findings)


def _find(evidence: Evidence, curves: Curves, step: int | None) -> Finding:
    at = _step(evidence, curves) if step is None else step
    found = None if at is None else curves.estimate(evidence.figure, evidence.states, at)
    limits = (nan, nan) if at is None else _threshold(evidence, curves, at)
    outcome, why = _compare(evidence, at, found, limits)
    return Finding(evidence, at, found, limits, outcome, *sentence_of(evidence, at, found, limits, outcome, why))


def _step(evidence: Evidence, curves: Curves) -> int | None:
    """The snapshot that evidence looks at."""
    if isinstance(evidence.at, int):
        return evidence.at
    if evidence.at == "best":
        return curves.best
    if evidence.at == "last":
        return curves.steps[-1] if curves.steps else None
    rows = curves.games(evidence.figure, evidence.states)
    steps = sorted(int(step) for step in rows.step.unique())
    change = change_point(steps, [rows.value[rows.step == step].to_numpy(float) for step in steps])
    return int(change.step) if change.found else None


def _threshold(evidence: Evidence, curves: Curves, step: int) -> tuple[float, float]:
    low, high = _reference(evidence, curves, step)
    if evidence.is_ == "above":
        return low * evidence.factor + evidence.margin, high * evidence.factor + evidence.margin
    if evidence.is_ == "below":
        return low / evidence.factor - evidence.margin, high / evidence.factor - evidence.margin
    return low, high


def _reference(evidence: Evidence, curves: Curves, step: int) -> tuple[float, float]:
    if isinstance(evidence.than, float):
        return evidence.than, evidence.than
    if evidence.than == "figure-at-step-0":
        first = curves.estimate(evidence.figure, evidence.states, curves.steps[0]) if curves.steps else None
        known = first and first.games >= FEWEST_GAMES and step != curves.steps[0]
        return (first.low, first.high) if first and known else (nan, nan)
    control = evidence.than.removeprefix("control:")
    return curves.control(control, evidence.figure, evidence.states, step) or (nan, nan)


def _compare(
    evidence: Evidence, step: int | None, found: Estimate | None, limits: tuple[float, float]
) -> tuple[Outcome, str]:
    """Outcome, and what is missing where it cannot be told; empty where the interval meets the threshold."""
    if step is None:
        return "cannot be told", "no change of it over training was found"
    if found is None:
        return "cannot be told", "it was not measured there"
    if found.games < FEWEST_GAMES:
        return "cannot be told", f"{FEWEST_GAMES} games are needed"
    if not isfinite(found.low):
        return "cannot be told", "nearly all of it is from one game"
    if not isfinite(limits[0]):
        return "cannot be told", "what it is compared with was not measured there"
    (low, high), (a, b) = (found.low, found.high), limits
    if evidence.is_ == "differs":
        beyond = low > b + evidence.margin or high < a - evidence.margin
        within = a - evidence.margin < low and high < b + evidence.margin
        return ("holds" if beyond else "fails" if within else "cannot be told"), ""
    below, above = high < a, low > b
    holds, fails = (above, below) if evidence.is_ == "above" else (below, above)
    return ("holds" if holds else "fails" if fails else "cannot be told"), ""
