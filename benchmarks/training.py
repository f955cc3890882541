"""Training speed: agent steps per CPU-second of SB3's DQN as it is, SB3's DQN tuned, and rlxai's, in one process.

    python -m benchmarks.training

All learn Breakout with the Nature network from 8 samples per agent step, on one thread. They take turns, so that
whatever else the machine does meets all of them; the median of the rounds is printed. CPU-seconds count this process
alone. The last lines are the costs of a commit, from which a killed training resumes, and of a look at what the agent
attends to, both with the recipe's settings.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from ale_py import ALEInterface, LoggerMode
from stable_baselines3 import DQN
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack

from rlxai.training.dqn import FastDQN
from rlxai.training.explanation_callback import ExplanationCallback
from rlxai.training.recipe import load_recipe
from rlxai.training.resume import commit
from rlxai.training.vec_env import ALEVecEnv

ROUNDS = 5
STEPS = 960
"""Per round and trainer."""
WARM_UP = 640
"""Steps of random play before the first update."""
SHARED: dict[str, Any] = {
    "learning_starts": WARM_UP,
    "buffer_size": 50_000,
    "seed": 0,
    "device": "cpu",
    "exploration_fraction": 0.01,
}
ZOO: dict[str, Any] = {"batch_size": 32, "train_freq": 4, "gradient_steps": 1, "target_update_interval": 1000}
TUNED: dict[str, Any] = {"batch_size": 128, "train_freq": 1, "gradient_steps": 1, "target_update_interval": 8000}
COMPACT: dict[str, Any] = {"optimize_memory_usage": True, "replay_buffer_kwargs": {"handle_timeout_termination": False}}


def sb3_env(n_envs: int) -> VecEnv:
    return VecFrameStack(make_atari_env("ale_py:BreakoutNoFrameskip-v4", n_envs=n_envs, seed=0), 4)


def ours(**changes: int) -> FastDQN:
    plan = load_recipe("breakout-nature")
    names = ("batch_size", "train_freq", "gradient_steps", "target_update_interval", "n_steps", "double_q", "adam_eps")
    settings: dict[str, Any] = {name: getattr(plan, name) for name in names} | changes
    return FastDQN("CnnPolicy", ALEVecEnv("breakout", plan.n_envs), **settings, **SHARED)


def trainers() -> dict[str, DQN]:
    return {
        "SB3's DQN, the zoo's settings": DQN("CnnPolicy", sb3_env(1), **ZOO, **COMPACT, **SHARED),
        "SB3's DQN, 16 environments, batch 128, fused Adam": DQN(
            "CnnPolicy", sb3_env(16), policy_kwargs={"optimizer_kwargs": {"fused": True}}, **TUNED, **COMPACT, **SHARED
        ),
        "rlxai's FastDQN, breakout-nature": ours(),
        "rlxai's FastDQN, one batch of 128 for its two of 64": ours(batch_size=128, gradient_steps=1),
    }


def cpu_seconds(model: DQN, steps: int) -> float:
    """CPU time of so many further steps of training."""
    start = time.process_time()
    model.learn(steps, reset_num_timesteps=False)
    return time.process_time() - start


def main() -> None:
    torch.set_num_threads(1)
    ALEInterface.setLoggerMode(LoggerMode.Error)
    warnings.simplefilter("ignore")
    models = trainers()
    for model in models.values():
        model.learn(WARM_UP)
        cpu_seconds(model, 64)
    speeds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, model in models.items():
            speeds[name].append(STEPS / cpu_seconds(model, STEPS))
    first = median(next(iter(speeds.values())))
    print(f"{'agent steps per CPU-second, median of ' + str(ROUNDS):52}{'steps/s':>9}{'ratio':>8}{'range':>14}")
    for name, found in speeds.items():
        spread = f"{min(found):.0f}-{max(found):.0f}"
        print(f"{name:52}{median(found):9.0f}{median(found) / first:8.2f}{spread:>14}")

    model = models["rlxai's FastDQN, breakout-nature"]
    assert isinstance(model, FastDQN)
    speed = median(speeds["rlxai's FastDQN, breakout-nature"])
    print(commit_cost(model, speed))
    print(look_cost(model, speed))


def commit_cost(model: FastDQN, speed: float) -> str:
    """What a commit costs at the recipe's interval, in words; `speed` is of training, in steps per CPU-second."""
    every = load_recipe("breakout-nature").commits.every
    memory = model.memory
    rows = memory.columns(0, memory.added)
    memory.put(
        0, {name: np.resize(column, (every // model.n_envs, *column.shape[1:])) for name, column in rows.items()}
    )
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time(), time.perf_counter()
        commit(model, Path(folder), None, 0)
        cpu, wall = time.process_time() - start[0], time.perf_counter() - start[1]
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return (
        f"\na commit with {every:,} new steps: {size / 1e6:.0f} MB, {cpu:.2f} CPU-seconds, {wall:.2f} seconds; "
        f"every {every:,} steps that is {cpu * speed / every:.1%} of the training"
    )


def look_cost(model: FastDQN, speed: float) -> str:
    """What a look of `ExplanationCallback` costs at the recipe's interval, likewise."""
    plan = load_recipe("breakout-nature").explanations
    assert plan is not None
    callback = ExplanationCallback("none", every=plan.every, methods=plan.methods, target=plan.target)
    start = time.process_time()
    callback.init_callback(model)
    callback.on_training_start({}, {})  # makes the probe states and takes the first look
    first = time.process_time() - start
    looks = []
    for _ in range(ROUNDS):
        start = time.process_time()
        callback._act(model.num_timesteps)
        looks.append(time.process_time() - start)
    return (
        f"a look at {plan.states} probe states ({', '.join(plan.methods)}): {median(looks):.2f} CPU-seconds, the first "
        f"{first:.1f}; every {plan.every:,} steps that is {median(looks) * speed / plan.every:.2%} of the training"
    )


if __name__ == "__main__":
    main()
