"""The callbacks never change a training: same seed, same weights, optimiser state and generators without and with."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
import torch
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecFrameStack

from rlxai.store import open_run
from rlxai.training import ExplanationCallback, SnapshotCallback

SETTINGS = {
    DQN: {
        "buffer_size": 500, "learning_starts": 100, "batch_size": 8, "target_update_interval": 200,
        "exploration_fraction": 0.5,
    },
    PPO: {"n_steps": 64, "batch_size": 32, "n_epochs": 1},
}  # fmt: skip
STEPS = {DQN: 600, PPO: 256}


def make_breakout():
    return VecFrameStack(make_atari_env("ale_py:BreakoutNoFrameskip-v4", seed=7), 4)


def train(algorithm, env, callbacks):
    model = algorithm("CnnPolicy", env, seed=7, device="cpu", **SETTINGS[algorithm])
    before = flat(model.policy.state_dict())
    model.learn(STEPS[algorithm], callback=callbacks)
    assert any(not torch.equal(before[name], w) for name, w in flat(model.policy.state_dict()).items()), "learned"
    state = everything(model)
    env.close()
    return state


def everything(model):
    inner = model.get_env().unwrapped.envs[0].unwrapped
    rest = {
        "python": random.getstate()[1],
        "numpy": np.random.get_state()[1].tolist(),
        "numpy position": np.random.get_state()[2],
        "environment": inner.np_random.bit_generator.state["state"],
        "action space": model.action_space.sample(),
        "observation": model._last_obs.tobytes(),
        "ram": inner.ale.getRAM().tobytes(),
    }
    tensors = flat({
        "policy": model.policy.state_dict(),
        "optimizer": model.policy.optimizer.state_dict(),
        "torch": torch.get_rng_state(),
    })  # fmt: skip
    return rest, tensors


def flat(value, name=""):
    if isinstance(value, dict):
        return {key: tensor for k, v in value.items() for key, tensor in flat(v, f"{name}.{k}").items()}
    if isinstance(value, list | tuple):
        return flat(dict(enumerate(value)), name)
    return {name: torch.as_tensor(value).clone()} if value is not None else {}


def differences(a, b):
    (rest_a, tensors_a), (rest_b, tensors_b) = a, b
    assert rest_a.keys() == rest_b.keys()
    assert tensors_a.keys() == tensors_b.keys()
    return [name for name in rest_a if rest_a[name] != rest_b[name]] + [
        name for name in tensors_a if not torch.equal(tensors_a[name], tensors_b[name])
    ]


@pytest.fixture(scope="module")
def without():
    """What each algorithm comes to by itself, trained once."""
    done = {}

    def get(algorithm):
        if algorithm not in done:
            done[algorithm] = train(algorithm, make_breakout(), None)
        return done[algorithm]

    return get


@pytest.mark.parametrize("algorithm", [DQN, PPO])
def test_a_training_on_breakout_is_the_same_to_the_bit_with_both_callbacks(tmp_path, without, short_script, algorithm):
    every = STEPS[algorithm] // 4
    callbacks = [
        SnapshotCallback(tmp_path / "run", every=every),
        ExplanationCallback(tmp_path / "run", every=every, states=16, methods=["lrp-epsilon-plus-flat", "grad-cam"]),
    ]
    with_both = train(algorithm, make_breakout(), callbacks)
    assert len(open_run(tmp_path / "run").snapshots()) == 5
    explanations = pd.read_csv(tmp_path / "run/explanations.csv")
    assert explanations.step.nunique() == 5
    measured = {"lift_ball", "conservation_error", "randomisation", "ball", "tunnel", "tunnel_per_spread"}
    assert measured <= set(explanations.measure)
    assert differences(without(algorithm), with_both) == []


def test_the_comparison_sees_a_single_drawn_number(without):
    class Draw(BaseCallback):
        def _on_step(self):
            if self.num_timesteps == 300:
                np.random.random()
            return True

    found = differences(without(DQN), train(DQN, make_breakout(), Draw()))
    assert ".policy.q_net.q_net.0.weight" in found
    assert ".optimizer.state.0.exp_avg" in found
