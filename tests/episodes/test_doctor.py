"""Agents trained by others: their scores, and the doctor that finds out how they see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rlxai.episodes import record
from rlxai.episodes.doctor import Diagnosis, Trial, diagnose
from rlxai.errors import InvalidValue
from rlxai.networks.importers import import_agent
from rlxai.networks.importers_recipe import load_import_recipe
from rlxai.preprocessing import Preprocessing

RLCODE = Path(__file__).parents[1] / "data" / "rlcode"
UNKNOWN = {
    "stack_order": "oldest-first", "resize": "area", "grey": "luminance", "pool_on": "grey", "rounding": "round"
}  # fmt: skip


@pytest.fixture(scope="module")
def agent():
    """A factory of agents of the rlcode series."""
    recipe = load_import_recipe("rlcode-a3c-breakout")
    return lambda number: import_agent(RLCODE / f"rlcode_a3c_breakout_ckpt{number}.safetensors", recipe)


@pytest.mark.parametrize(("number", "score", "seeds"), [(2, 41, (0, 1)), (4, 340, (1,))])
def test_the_published_scores_are_reproduced(number, score, seeds, agent):
    episodes = [record(agent(number), seed=seed) for seed in seeds]
    assert [(episode.score, episode.end) for episode in episodes] == [(score, "game over")] * len(seeds)
    assert len({episode.recipe.opening for episode in episodes}) == len(seeds)


def test_the_doctor_finds_order_and_resize(agent):
    patient = agent(2)
    patient.preprocessing = replace(patient.preprocessing, **UNKNOWN)
    factors = {"stack_order": ("oldest-first", "newest-first"), "resize": ("area", "linear")}
    reports = []
    found = diagnose(patient, "breakout", games=2, factors=factors, screen=False, report=lambda *r: reports.append(r))
    best = found.best.preprocessing
    assert (best.stack_order, best.resize) == ("newest-first", "linear")
    assert found.verdict("stack_order") == "worse"
    assert found.plays
    assert found.random.mean < 5 < found.base.mean < found.best.mean
    assert {(name, value) for name, value, _ in found.changes} == {
        ("stack_order", "oldest-first"), ("resize", "area"), ("sticky", 0.25)
    }  # fmt: skip
    assert reports[-1][1] == found.games == len(reports) == 12  # five preprocessings and random play, two games each
    assert all(done <= planned for _, done, planned in reports)
    assert patient.preprocessing.resize == "area"  # left alone


def test_an_untrained_network_plays_under_no_preprocessing(make_agent):
    patient = make_agent()
    factors = {"resize": ("area", "linear"), "grey": ("luminance", "rec709")}
    found = diagnose(patient, "breakout", games=3, max_decisions=60, factors=factors)
    assert not found.plays
    assert found.verdict("grey") != "worse"
    assert {name: list(pooled) for name, pooled in found.screen.items()} == {
        name: list(v) for name, v in factors.items()
    }
    assert [len(trial.scores) for trial in found.screen["grey"].values()] == [4, 4]  # two games, two other settings


def trial(*scores):
    return Trial(Preprocessing(), tuple(map(float, scores)), 0)


def test_differences_within_noise_are_said_to_be():
    steady, wide = trial(300, 310, 320, 330, 340), trial(10, 600, 20, 500, 300)
    assert trial(1, 2, 3, 2, 1).against(steady) == "worse"
    assert trial(900, 910, 920).against(steady) == "better"
    assert trial(305, 300, 335, 320, 310).against(steady) == "undecided"
    assert wide.against(steady) == "undecided"
    assert trial(3, 3, 3).against(trial(340, 340, 340)) == "same games"


def test_the_interval_is_that_of_resampled_means():
    scores = np.array([3.0, 7, 8, 12, 30])
    low, high = trial(*scores).interval
    random = np.random.default_rng(5)
    means = np.array([random.choice(scores, 5).mean() for _ in range(4000)])
    np.testing.assert_allclose((low, high), np.percentile(means, [2.5, 97.5]), atol=1.0)


def test_short_games_under_all_combinations_decide_too():
    best = Trial(Preprocessing(resize="linear"), (340.0, 4.0, 60.0), 0)
    other = Trial(Preprocessing(), (10.0, 12.0, 30.0), 0)
    screen = {"resize": {"linear": trial(*[20, 22, 18] * 8), "area": trial(*[9, 11, 7] * 8)}}
    apart = Diagnosis(best, (("resize", "area", other),), other, other, {}, 9)
    assert other.against(best) == apart.verdict("resize") == "undecided"
    assert replace(apart, screen=screen).verdict("resize") == "worse"


def test_mistakes(make_agent):
    with pytest.raises(InvalidValue, match="games must be 1 to 1000, met 0"):
        diagnose(make_agent(), "breakout", games=0)
    with pytest.raises(InvalidValue, match="no Atari game is called 'brakeout'"):
        diagnose(make_agent(), "brakeout", games=1)
