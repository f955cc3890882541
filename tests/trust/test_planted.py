"""The two cases whose badge is known: noise is misleading, the exact explanation of a known network is trusted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rlxai.attribution import Method, Relevance
from rlxai.trust.badge import badge, game_means, score
from rlxai.trust.battery import Battery
from rlxai.trust.controls import EDGES, RANDOM
from tests.trust.conftest import BOTTOM, LEFT, PERFECT, RIGHT, TOP


def _fresh_noise(forward, weights):
    """Noise that changes with the network too, so that no sanity check can tell it."""
    seeds = (forward.q.double() * 1e6).sum(1).long().abs().tolist()
    maps = [
        torch.randn(x.shape, generator=torch.Generator().manual_seed(s)) for x, s in zip(forward.x, seeds, strict=True)
    ]
    return Relevance(torch.stack(maps))


FRESH = Method("fresh-noise", "planted", "Noise.", "N(0, 1)", "None", _fresh_noise)


@pytest.fixture(scope="module")
def battery(ball_agent, planted_states):
    return Battery(ball_agent, planted_states, "advantage")


def badge_of(battery, method):
    scores = {
        name: score(list(game_means(values, battery.states.games).values()))
        for name, values in battery.test(method).scores.items()
    }
    return badge(scores, battery.target), scores


def test_the_network_uses_nothing_but_the_ball(ball_agent, planted_states, generator):
    x = planted_states.x
    other = torch.from_numpy(generator.random(x.shape, np.float32))
    other[:, 3, TOP:BOTTOM, LEFT:RIGHT] = x[:, 3, TOP:BOTTOM, LEFT:RIGHT]
    assert (ball_agent.q_values(other) == ball_agent.q_values(x)).all()
    lit = (x[:, 3, TOP:BOTTOM, LEFT:RIGHT] > 0).numpy()
    ball = planted_states.masks["visible-ball"][:, 3, TOP:BOTTOM, LEFT:RIGHT] > 0
    assert lit.any(axis=(1, 2)).all()
    assert not (lit & ~ball).any()


def test_a_perfect_explanation_is_trusted(battery):
    found, scores = badge_of(battery, PERFECT)
    assert found.word == "trusted", found.reasons
    assert scores["pointing/visible-ball"].value == 1
    assert scores["conservation/error"].value < 1e-6


@pytest.mark.parametrize("method", [RANDOM, FRESH, EDGES], ids=lambda method: method.name)
def test_explanations_that_know_nothing_are_misleading(battery, method):
    found, scores = badge_of(battery, method)
    assert found.word == "misleading", scores
    if method is not EDGES:
        assert found.answers["faithful"] == "failed"


def test_noise_misleads_about_a_trained_agent_too(shipped_agent, planted_states):
    found, _ = badge_of(Battery(shipped_agent, planted_states, "advantage"), FRESH)
    assert found.word == "misleading"
    assert found.answers["faithful"] == "failed"
