from __future__ import annotations

import pytest
import torch

from rlxai.episodes import Episode, play
from rlxai.games import Emulator, follow_ball
from rlxai.networks.agent import Agent
from rlxai.networks.architecture import nips
from rlxai.preprocessing import Preprocessing

ACTIONS = Emulator("breakout").actions


@pytest.fixture(scope="session")
def scripted() -> Episode:
    """Scripted play that opens a tunnel."""
    return play("breakout", Preprocessing(), lambda _, ram: ACTIONS.index(follow_ball(ram)), seed=1, max_decisions=950)


@pytest.fixture
def make_agent():
    """An agent with random weights; its outputs are spread, so that it presses all its buttons."""

    def make(actions=ACTIONS, game="breakout", **preprocessing) -> Agent:
        settings = Preprocessing(**preprocessing)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            network = nips(settings.frame_stack, len(actions))
        return Agent(network, actions, settings, game=game)

    return make
