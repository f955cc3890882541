"""Planted cases: a network that provably uses only the ball, its perfect explanation, and states of a real game."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.attribution import Method, Relevance
from rlxai.attribution.chain_rule import derivative
from rlxai.episodes import load_episode
from rlxai.networks import Agent
from rlxai.pipeline import Serial, workflow
from rlxai.trust.states import States, states_of, together
from tests.small_run import ACTIONS, build_bare_run

TOP, BOTTOM, LEFT, RIGHT = 40, 72, 8, 76
"""Rows below the bricks and above the paddle, columns between the walls: nothing but the ball is ever drawn there."""


def ball_network(seed: int = 0) -> nn.Sequential:
    """Q_a = Σ_p W_ap x_p over the field between bricks and paddle in the newest frame, and zero elsewhere.

    The convolution copies 4 x 4 blocks of pixels to its 16 channels; the ReLU lets them through, since they are not
    negative; the linear layer weights them. Weights of blocks outside the field are exactly 0.
    """
    copy = nn.Conv2d(4, 16, 4, 4)
    linear = nn.Linear(16 * 21 * 21, len(ACTIONS))
    with torch.no_grad():
        copy.weight.zero_()
        copy.bias.zero_()
        for channel in range(16):
            copy.weight[channel, 3, channel // 4, channel % 4] = 1
        field = torch.zeros(16, 21, 21)
        field[:, TOP // 4 : BOTTOM // 4, LEFT // 4 : RIGHT // 4] = 1
        draw = torch.rand(len(ACTIONS), 16, 21, 21, generator=torch.Generator().manual_seed(seed))
        linear.weight.copy_((draw * field).flatten(1))
        linear.bias.zero_()
    return nn.Sequential(copy, nn.ReLU(), nn.Flatten(), linear)


def _perfect(forward, weights):
    """w_p x_p: the exact share of each pixel in a target that is a weighted sum of the pixels."""
    return Relevance(forward.x * derivative(forward.steps, weights), {})


PERFECT = Method("perfect", "planted", "Exact shares.", "R_p = w_p x_p", "None", _perfect)


@pytest.fixture(scope="session")
def ball_agent() -> Agent:
    return Agent(ball_network(), ACTIONS, game="breakout")


@pytest.fixture(scope="session")
def planted_states(tmp_path_factory, ball_agent) -> States:
    """States of eight real games in which the ball is in the field."""
    run = build_bare_run(tmp_path_factory.mktemp("planted") / "run")
    games = workflow.record_games(
        run, run.snapshots()[:1], Serial(), lambda *_: None, games=8, max_decisions=60, epsilon=0.5
    )
    parts = []
    for game in games:
        episode = load_episode(game.folder)
        newest = episode.observations(slice(None))[:, -1, TOP:BOTTOM, LEFT:RIGHT]
        seen = np.flatnonzero(newest.any(axis=(1, 2)))
        parts.append(states_of(ball_agent, episode, seen[:: max(1, len(seen) // 3)][:3], game.task))
    return together(parts)
