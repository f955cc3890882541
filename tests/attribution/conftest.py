from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.networks.agent import Agent
from rlxai.networks.architecture import ARCHITECTURES
from rlxai.preprocessing import Preprocessing

ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")


@pytest.fixture
def seeded():
    """Draws of weights and inputs repeat, and leave the global generator as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(12)
        yield


@pytest.fixture
def tiny_network(seeded: None) -> nn.Sequential:
    """(N, 3, 12, 12) -> (N, 4), small enough for nested loops; biases drawn widely, float64."""
    network = nn.Sequential(
        nn.Conv2d(3, 4, 4, 2), nn.ReLU(), nn.Conv2d(4, 5, 3, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(45, 6), nn.ReLU(), nn.Linear(6, 4),
    )  # fmt: skip
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.uniform_(parameter, -0.5, 0.5)
    return network.double().requires_grad_(False)


@pytest.fixture
def make_network(seeded: None) -> Callable[[str], nn.Sequential]:
    """A random float64 network of one of our architectures, four frames, four actions."""
    return lambda name: ARCHITECTURES[name](4, 4).double().requires_grad_(False)


@pytest.fixture
def small_agent(seeded: None) -> Agent:
    """An agent on 20 x 20 frames."""
    network = nn.Sequential(
        nn.Conv2d(4, 8, 8, 4), nn.ReLU(), nn.Conv2d(8, 8, 2, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(72, 16), nn.ReLU(), nn.Linear(16, 4),
    )  # fmt: skip
    return Agent(network, ACTIONS, Preprocessing(size=20))


@pytest.fixture
def observations() -> np.ndarray:
    """uint8 (7, 4, 20, 20), mostly black as Atari frames are; the last one is wholly black."""
    rng = np.random.default_rng(3)
    bright = rng.integers(0, 256, (7, 4, 20, 20), np.uint8)
    bright[rng.random(bright.shape) < 0.6] = 0
    bright[:, :, 10:] = 0
    bright[6] = 0
    return bright
