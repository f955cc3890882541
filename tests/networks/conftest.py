"""Real SB3 models, freshly initialised, and small agents of our own."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from sb3_contrib import QRDQN, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO

from rlxai.networks import Agent, nature

ALGORITHMS = ("DQN", "QRDQN", "PPO", "A2C")
BREAKOUT = ("NOOP", "FIRE", "RIGHT", "LEFT")


class Screens(gym.Env):
    """An environment with Atari's observations and nothing else."""

    def __init__(self, shape=(4, 84, 84), action_space=None) -> None:
        self.observation_space = spaces.Box(0, 255, shape, np.uint8)
        self.action_space = action_space or spaces.Discrete(4)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 1.0, False, False, {}


def make_model(algorithm: str, policy: str = "CnnPolicy", env: gym.Env | None = None, **policy_kwargs):
    env = env or Screens()
    kwargs = {"seed": 3, "device": "cpu", "policy_kwargs": policy_kwargs or None}
    match algorithm:
        case "DQN":
            model = DQN(policy, env, buffer_size=16, **kwargs)
        case "QRDQN":
            model = QRDQN(policy, env, buffer_size=16, **kwargs)
        case "PPO":
            model = PPO(policy, env, n_steps=8, batch_size=8, **kwargs)
        case "A2C":
            model = A2C(policy, env, **kwargs)
        case "RecurrentPPO":
            model = RecurrentPPO("CnnLstmPolicy", env, n_steps=8, batch_size=8, **kwargs)
    model.num_timesteps = 1234
    return model


@pytest.fixture(scope="session", params=ALGORITHMS)
def model(request):
    return make_model(request.param)


@pytest.fixture(scope="session")
def dqn_zip(tmp_path_factory):
    """A zip of a DQN with a narrow hidden layer: 1.3 MB instead of 14."""
    path = tmp_path_factory.mktemp("sb3") / "dqn.zip"
    make_model("DQN", features_extractor_kwargs={"features_dim": 16}).save(path)
    return path


@pytest.fixture
def agent():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return Agent(nature(4, 4), BREAKOUT, game="breakout", step=100_000, provenance={"recipe": "test"})


@pytest.fixture(scope="session")
def observations():
    return np.random.default_rng(0).integers(0, 256, (5, 4, 84, 84), dtype=np.uint8)
