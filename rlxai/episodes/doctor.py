"""Which preprocessing were weights trained with? The one that they play best under, found by playing.

Weights fail silently under another preprocessing: one known agent scores 391 with linear and 3 with area resizing.
Games are noisy, so every comparison comes with a bootstrap interval (Efron 1979), and a difference that it does not
tell from chance is called undecided.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np

from rlxai.episodes.score import play_out
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent
from rlxai.preprocessing import Grey, Pooling, Preprocessing, Resize, StackOrder

Factors = Mapping[str, tuple[Any, ...]]
Report = Callable[[str, int, int], None]
"""(what is played, games done, games planned)."""
Verdict = Literal["worse", "better", "undecided", "same games"]

FACTORS: Factors = {
    "stack_order": get_args(StackOrder),
    "resize": get_args(Resize),
    "pooling": get_args(Pooling),
    "grey": get_args(Grey),
    "frame_skip": (3, 4, 5),
}
"""Settings that are searched."""
SCREENED = ("stack_order", "resize", "pooling", "grey")
"""Settings that hide each other: under the wrong one no other makes a difference, so all combinations are screened."""
STICKY: Factors = {"sticky": (0.0, 0.25)}
"""Played for comparison, never chosen: sticky actions make every game harder, whatever an agent was trained with."""
_SCREEN_GAMES, _SCREEN_DECISIONS = 2, 500
_RESAMPLES = 4000


@dataclass(frozen=True)
class Trial:
    """Games played under one preprocessing."""

    preprocessing: Preprocessing
    scores: tuple[float, ...]
    capped: int
    """How many of them were ended by the cap on decisions."""

    @property
    def mean(self) -> float:
        """Mean score."""
        return float(np.mean(self.scores))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % bootstrap interval of the mean."""
        return _interval(_resampled(self.scores, 0))

    def against(self, best: Trial) -> Verdict:
        """Whether these games are worse or better than those of another trial, by the 95 % interval of the difference.

        "same games": each side repeated one game, so there is one observation each and nothing to resample.
        """
        if len(set(self.scores)) == len(set(best.scores)) == 1:
            return "same games"
        low, high = _interval(_resampled(self.scores, 0) - _resampled(best.scores, 1))
        return "worse" if high < 0 else "better" if low > 0 else "undecided"


@dataclass(frozen=True)
class Diagnosis:
    """What the games say."""

    best: Trial
    """Of the highest mean score."""
    changes: tuple[tuple[str, Any, Trial], ...]
    """The best with one setting changed: its name, the value instead, and the games."""
    base: Trial
    """The preprocessing that the search began with."""
    random: Trial
    """Uniformly drawn actions under the best preprocessing."""
    screen: Mapping[str, Mapping[Any, Trial]]
    """Short games under all combinations, by setting and value: each value with the same mixture of all others."""
    games: int
    """Played in all."""

    def verdict(self, name: str) -> Verdict:
        """The weakest verdict on the other values of a setting: "worse" if all are, in whole games or in short ones."""
        found = {trial.against(self.best) for changed, _, trial in self.changes if changed == name}
        short = dict(self.screen.get(name, {}))
        best = short.pop(getattr(self.best.preprocessing, name), None)
        if found == {"worse"} or (best and short and all(trial.against(best) == "worse" for trial in short.values())):
            return "worse"
        return "same games" if found == {"same games"} else "undecided"

    @property
    def plays(self) -> bool:
        """Whether the best preprocessing is told from random presses."""
        return self.random.against(self.best) != "undecided" and self.random.mean < self.best.mean


def diagnose(
    agent: Agent,
    game: str,
    *,
    games: int = 5,
    max_decisions: int = 3000,
    epsilon: float = 0.01,
    factors: Factors = FACTORS,
    screen: bool = True,
    report: Report | None = None,
) -> Diagnosis:
    """Search for the preprocessing under which an agent scores best.

    All combinations of the settings in `SCREENED` play two short games each; from the best of them single settings are
    changed, with `games` whole games each, as long as a change raises the mean.

    Args:
        agent: its preprocessing is where the search begins, and what settings outside the search stay at.
        game: ALE name.
        games: whole games per preprocessing, of seeds 0, 1, ...
        max_decisions: cap of a game.
        epsilon: share of random actions, without which many games of one agent are the same game.
        factors: settings to search, and their values.
        screen: whether to begin with the combinations.
        report: called after each game.

    Raises:
        InvalidValue: a number is outside its domain, or the game lacks one of the agent's actions.
    """
    if not 1 <= games <= 1000:
        raise InvalidValue(f"games must be 1 to 1000, met {games}")
    clinic = _Clinic(agent, game, games, max_decisions, epsilon, report or (lambda *_: None))
    screened = clinic.screen(agent.preprocessing, factors) if screen else {agent.preprocessing: ()}
    start = max(screened, key=lambda preprocessing: sum(screened[preprocessing]))
    clinic.plan(agent.preprocessing, start, *_changed(start, {**factors, **STICKY}).values())
    best, base = clinic.play(start), clinic.play(agent.preprocessing)
    while True:
        better = max((clinic.play(p) for p in _changed(best.preprocessing, factors).values()), key=lambda t: t.mean)
        if better.mean <= best.mean:
            break
        best = better
        clinic.plan(*_changed(best.preprocessing, {**factors, **STICKY}).values())
    if base.mean > best.mean:  # the search went another way and ended below where it could have stayed
        best = base
    changes = _changed(best.preprocessing, {**factors, **STICKY})
    rows = tuple((name, value, clinic.play(p)) for (name, value), p in changes.items())
    pooled = _pooled(screened, factors, agent.preprocessing) if screen else {}
    return Diagnosis(best, rows, base, clinic.play_randomly(best.preprocessing), pooled, clinic.done)


@dataclass
class _Clinic:
    """Plays games once and remembers them."""

    agent: Agent
    game: str
    games: int
    max_decisions: int
    epsilon: float
    report: Report
    done: int = 0
    _planned: int = 0
    _trials: dict[Preprocessing, Trial] = field(default_factory=dict)

    def screen(self, base: Preprocessing, factors: Factors) -> dict[Preprocessing, tuple[float, ...]]:
        """Scores of short games under all combinations, the base among them and first."""
        names = [name for name in SCREENED if name in factors]
        values = itertools.product(*(dict.fromkeys((getattr(base, name), *factors[name])) for name in names))
        combinations = [replace(base, **dict(zip(names, one, strict=True))) for one in values]
        self._planned = _SCREEN_GAMES * len(combinations)
        decisions = min(_SCREEN_DECISIONS, self.max_decisions)
        return {p: self._games(p, _SCREEN_GAMES, decisions, self.epsilon).scores for p in combinations}

    def plan(self, *preprocessings: Preprocessing) -> None:
        """Count the games that will be needed."""
        self._planned = self.done + self.games * len(set(preprocessings) - set(self._trials)) + self.games

    def play(self, preprocessing: Preprocessing) -> Trial:
        """All games under one preprocessing."""
        if preprocessing not in self._trials:
            self._trials[preprocessing] = self._games(preprocessing, self.games, self.max_decisions, self.epsilon)
        return self._trials[preprocessing]

    def play_randomly(self, preprocessing: Preprocessing) -> Trial:
        """The same number of games of random presses."""
        return self._games(preprocessing, self.games, self.max_decisions, 1.0)

    def _games(self, preprocessing: Preprocessing, games: int, max_decisions: int, epsilon: float) -> Trial:
        scores, capped = [], 0
        patient = copy(self.agent)
        patient.preprocessing = preprocessing
        for seed in range(games):
            result = play_out(patient, seed=seed, max_decisions=max_decisions, epsilon=epsilon, game=self.game)
            scores.append(result.score)
            capped += result.end == "cap"
            self.done += 1
            self.report(f"game {self.done}", self.done, max(self.done, self._planned))
        return Trial(preprocessing, tuple(scores), capped)


def _changed(preprocessing: Preprocessing, factors: Factors) -> dict[tuple[str, Any], Preprocessing]:
    """Every preprocessing that differs in one setting."""
    return {
        (name, value): replace(preprocessing, **{name: value})
        for name, values in factors.items()
        for value in values
        if value != getattr(preprocessing, name)
    }


def _pooled(
    screened: Mapping[Preprocessing, tuple[float, ...]], factors: Factors, base: Preprocessing
) -> dict[str, dict[Any, Trial]]:
    """Scores by the value of each setting, over all values of the others."""
    scores = {
        name: {
            value: [score for p, some in screened.items() if getattr(p, name) == value for score in some]
            for value in dict.fromkeys((getattr(base, name), *factors[name]))
        }
        for name in SCREENED
        if name in factors
    }
    return {
        name: {value: Trial(replace(base, **{name: value}), tuple(some), 0) for value, some in by_value.items()}
        for name, by_value in scores.items()
    }


def _resampled(scores: tuple[float, ...], stream: int) -> np.ndarray:
    """Means of samples drawn with replacement, float64 (resamples,); the same in every call."""
    random = np.random.default_rng([stream, len(scores)])
    means: np.ndarray = np.array(scores)[random.integers(len(scores), size=(_RESAMPLES, len(scores)))].mean(axis=1)
    return means


def _interval(means: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
