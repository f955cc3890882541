"""Badges: trusted, use with care or misleading, by the rule and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import isnan, nan, sqrt
from typing import Literal

import numpy as np
from scipy.stats import t as student

from rlxai.strategy.bootstrap import bootstrap_mean
from rlxai.trust.rule import RULE, Criterion
from rlxai.trust.words import Word

Answer = Literal["passed", "doubtful", "failed", "not asked"]

SURE = 0.99
"""Level of the intervals that badges go by: each map is asked a dozen questions."""


@dataclass(frozen=True)
class Score:
    """Mean over games; intervals are NaN where they cannot be told."""

    value: float
    low: float
    high: float
    """Bootstrap interval of 95 %, to be shown."""
    games: int
    sure_low: float
    sure_high: float
    """Student's interval of 99 %, which badges go by: unlike the bootstrap's it is not too narrow with few games."""


@dataclass(frozen=True)
class Badge:
    """A badge and how it was earned."""

    word: Word
    answers: Mapping[str, Answer]
    """Criterion -> how it was answered."""

    @property
    def reasons(self) -> list[str]:
        """The criteria not passed, failed ones first."""
        return [name for kind in ("failed", "doubtful") for name, answer in self.answers.items() if answer == kind]


def game_means(values: np.ndarray, games: np.ndarray) -> dict[str, float]:
    """Mean of the states (N,) of each game that has one; games without any are left out."""
    known = ~np.isnan(values)
    return {str(game): float(values[known & (games == game)].mean()) for game in np.unique(games[known])}


def score(values: Sequence[float]) -> Score:
    """Mean over games (n,) with both intervals, see `rlxai.strategy.bootstrap`."""
    known = np.asarray(values, np.float64)
    found = bootstrap_mean(known)
    low, high = _student(known[~np.isnan(known)])
    return Score(float(found.estimate), float(found.low), float(found.high), found.units, low, high)


def _student(values: np.ndarray) -> tuple[float, float]:
    """Mean ± t s / √n with Student's t for n - 1 degrees of freedom; NaN with fewer than two values."""
    n = len(values)
    if n < 2:
        return nan, nan
    half = float(student.ppf((1 + SURE) / 2, n - 1) * values.std(ddof=1) / sqrt(n))
    return float(values.mean()) - half, float(values.mean()) + half


def badge(scores: Mapping[str, Score], target: str, rule: Sequence[Criterion] = RULE) -> Badge:
    """The badge of a map.

        misleading      a criterion is failed
        trusted         every criterion that is asked is passed, and faithfulness is asked
        use with care   else

    Args:
        scores: by name, see `rlxai.trust.battery`.
        target: that is explained.
        rule: criteria.
    """
    kind = target.partition(":")[0]
    answers: dict[str, Answer] = {}
    for criterion in rule:
        asked = not criterion.targets or kind in criterion.targets
        answers[criterion.name] = _answer(criterion, scores) if asked else "not asked"
    given = set(answers.values())
    word: Word = "misleading" if "failed" in given else "use with care" if "doubtful" in given else "trusted"
    if word == "trusted" and answers.get(rule[0].name) != "passed":
        word = "use with care"
    return Badge(word, answers)


def _answer(criterion: Criterion, scores: Mapping[str, Score]) -> Answer:
    found = [one for name, one in scores.items() if fnmatchcase(name, criterion.scores) and not isnan(one.value)]
    if not found:
        return "not asked"
    if all(_passes(criterion, one) for one in found):
        return "passed"
    return "failed" if all(_fails(criterion, one) for one in found) else "doubtful"


def _passes(criterion: Criterion, found: Score) -> bool:
    """An interval that cannot be told passes nothing."""
    return found.sure_low > criterion.trusted if criterion.better == "high" else found.sure_high <= criterion.trusted


def _fails(criterion: Criterion, found: Score) -> bool:
    if criterion.misleading is None or isnan(found.sure_low):
        return False
    if criterion.better == "high":
        bound = found.sure_high if criterion.proof else found.sure_low
        return not bound > criterion.misleading
    bound = found.sure_low if criterion.proof else found.sure_high
    return bound >= criterion.misleading
