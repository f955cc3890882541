"""Sentences about evidence and verdicts, made from the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from rlxai.strategy.behaviour import QUANTITIES
from rlxai.strategy.claims.claim import Evidence
from rlxai.strategy.curves import Estimate

_FAMILIES = {
    "lift": "lift of the relevance on {}",
    "share": "share of the relevance on {}",
    "signed": "signed share of the relevance on {}",
    "motion": "part of the relevance on {} that rests on older frames",
    "changed": "share of decisions that change under the edit {}",
    "touched": "share of states that the edit {} changes",
    "value-of": "worth of the {} to the state's value, in spreads of it",
    "advantage-of": "worth of the {} to the decision's advantage, in spreads of it",
    "dq": "change of the chosen action's Q under the edit {}, in its spreads",
    "dvalue": "change of the value under the edit {}, in its spreads",
    "dadvantage": "change of the advantage under the edit {}, in its spreads",
    "rollout": "{} in games played on from edited states",
}
_UNITS = {quantity.name: quantity.unit for quantity in QUANTITIES}
_CONTROLS = {
    "random": {"": "random networks"},
    "shifted": {"": "shifted masks", "changed": "the same change elsewhere", "rollout": "the place opposite"},
    "shuffled": {"": "masks of other decisions", "behaviour": "the same with other approaches of the ball"},
}
_EDITED = ("touched", "value-of", "advantage-of", "dq", "dvalue", "dadvantage")


def figure_words(figure: str) -> str:
    """A figure's name in words: lift/visible-ball -> lift of the relevance on visible ball."""
    family, _, name = figure.partition("/")
    if family == "behaviour":
        return f"{name.replace('-', ' ')} ({_UNITS[name]})" if name in _UNITS else name.replace("-", " ")
    named = name if family in ("changed", "touched", "dq", "dvalue", "dadvantage") else name.replace("-", " ")
    return _FAMILIES.get(family, f"{family} of {{}}").format(named)


def control_words(control: str, figure: str) -> str:
    """What a control is of a figure."""
    family = figure.split("/")[0]
    known = _CONTROLS[control]
    return known.get("changed" if family in _EDITED else family, known[""])


def number(value: float) -> str:
    """Three significant digits, with thousands in groups."""
    if not isfinite(value):
        return "-"
    if abs(value) < 1e-9:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1g}"


def interval_words(found: Estimate) -> str:
    """A value with its interval and games."""
    games = f"{found.games} game" + "s" * (found.games != 1)
    if not isfinite(found.low):
        return f"{number(found.value)} ({games})"
    return f"{number(found.value)} (95 % interval {number(found.low)} to {number(found.high)}, {games})"


def sentence_of(
    evidence: Evidence, step: int | None, found: Estimate | None, limits: tuple[float, float], outcome: str, why: str
) -> tuple[str, str]:
    """What was found of one piece of evidence, and how it compares; without a full stop."""
    where = f"on {evidence.states} states" + ("" if step is None else f" at step {step:,}")
    if evidence.figure.startswith(("behaviour/", "rollout/")):
        where = "" if step is None else f"at step {step:,}"
    subject = f"the {figure_words(evidence.figure)} {where}".strip()
    if found is None:
        return f"{subject} cannot be told", why
    said = f"{subject} is {interval_words(found)}"
    if why:
        return said, why
    verb = {
        "holds": {"above": "above", "below": "below", "differs": "apart from"},
        "fails": {"above": "not above", "below": "not below", "differs": "not apart from"},
        "cannot be told": dict.fromkeys(("above", "below", "differs"), "not clearly on either side of"),
    }[outcome][evidence.is_]
    return said, f"{verb} {_threshold_words(evidence, limits)}"


def verdict_sentence(word: str, findings: Sequence[tuple[str, tuple[str, str]]]) -> str:
    """All findings in one sentence; where a claim is not supported, only those that stand against it."""
    telling = {"refuted": "fails", "untested": "cannot be told"}.get(word)
    told: dict[str, list[str]] = {}
    for outcome, (said, compared) in findings:
        if telling in (None, outcome) and compared not in told.setdefault(said, []):
            told[said].append(compared)
    parts = [f"{said}, {' and '.join(compared)}" for said, compared in told.items()]
    return f"{word.capitalize()}: {'; '.join(parts)}."


def _threshold_words(evidence: Evidence, limits: tuple[float, float]) -> str:
    low, high = map(number, limits)
    span = low if low == high else f"{low} to {high}"
    if isinstance(evidence.than, float):
        return f"{span}" + (f" by {number(evidence.margin)}" if evidence.is_ == "differs" and evidence.margin else "")
    if evidence.than == "figure-at-step-0":
        of = "what it was at the first snapshot"
    else:
        of = control_words(evidence.than.removeprefix("control:"), evidence.figure)
    if evidence.factor != 1:
        of = f"{evidence.factor:g} times {of}" if evidence.is_ == "above" else f"{of} divided by {evidence.factor:g}"
    if evidence.margin:
        of = f"{of} by {number(evidence.margin)}"
    return f"{of} ({span})"
