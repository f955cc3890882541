from __future__ import annotations

from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack

from rlxai.episodes import play_script
from rlxai.training import probes


class Dot(gym.Env):
    """A dot that the two actions move left and right; 36 x 36 images of 4 planes; reward where it is in the middle."""

    observation_space = gym.spaces.Box(0, 255, (36, 36, 4), np.uint8)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place, self.time = int(self.np_random.integers(36)), 0
        return self._see(), {}

    def step(self, action):
        self.place, self.time = (self.place + (1 if action else -1)) % 36, self.time + 1
        return self._see(), float(self.place == 18), self.time == 20, False, {}

    def _see(self):
        image = np.zeros((36, 36, 4), np.uint8)
        image[16:20, self.place] = 255
        return image


@pytest.fixture
def dots():
    def make(n_envs: int = 1) -> VecEnv:
        return DummyVecEnv([lambda: Monitor(Dot())] * n_envs)

    return make


@pytest.fixture
def breakout():
    made = []

    def make(seed: int = 0, **options) -> VecEnv:
        env = VecFrameStack(make_atari_env("ale_py:BreakoutNoFrameskip-v4", seed=seed, **options), 4)
        made.append(env)
        return env

    yield make
    for env in made:
        env.close()


@pytest.fixture
def short_script(monkeypatch):
    """Cut the scripted game short where the test is not about its states."""
    monkeypatch.setattr(probes, "play_script", partial(play_script, max_decisions=100))
