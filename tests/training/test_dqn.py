from __future__ import annotations

import copy

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack
from stable_baselines3.dqn.policies import CnnPolicy

from rlxai import load_agent
from rlxai.training import ExplanationCallback, SnapshotCallback, policy_kwargs
from rlxai.training.dqn import FastDQN, bfloat16_is_fast
from rlxai.training.vec_env import ALEVecEnv
from tests.training.conftest import Dot


class OnePlane(Dot):
    """The dot as a single plane."""

    observation_space = gym.spaces.Box(0, 255, (36, 36, 1), np.uint8)

    def _see(self):
        return super()._see()[:, :, :1]


def on_dots(n_envs=4, **options):
    env = DummyVecEnv([lambda: Monitor(OnePlane())] * n_envs)
    settings = {
        "buffer_size": 4000, "learning_starts": 200, "batch_size": 32, "train_freq": 1, "seed": 0, "device": "cpu",
        "target_update_interval": 200, "bfloat16": False, **options,
    }  # fmt: skip
    return FastDQN("CnnPolicy", env, **settings)


def on_breakout(n_envs=4, seed=0, **options):
    settings = {
        "buffer_size": 2000, "learning_starts": 100, "batch_size": 8, "train_freq": 1, "seed": seed, "device": "cpu",
        "target_update_interval": 200, **options,
    }  # fmt: skip
    return FastDQN("CnnPolicy", ALEVecEnv("breakout", n_envs), **settings)


def weights(model):
    return {name: tensor.clone() for name, tensor in model.policy.state_dict().items()}


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("double_q", [True, False])
@pytest.mark.parametrize("n_steps", [1, 3])
def test_targets_follow_their_formula(double_q, n_steps):
    model = on_dots(double_q=double_q, n_steps=n_steps, gamma=0.9)
    model.learn(600)
    batch = model.memory.sample(64)
    got = model.targets(batch)
    assert batch.dones.sum() >= 2
    assert got.shape == (64, 1)
    for i in range(64):
        following = batch.next_observations[i : i + 1].float() / 255
        q_online = model.q_net.q_net(model.q_net.features_extractor(following))[0]
        q_target = model.q_net_target.q_net(model.q_net_target.features_extractor(following))[0]
        value = q_target[q_online.argmax()] if double_q else q_target.max()
        bootstrap = 0.0 if batch.dones[i] else 0.9**n_steps * value.item()
        assert got[i].item() == pytest.approx(batch.rewards[i].item() + bootstrap, abs=1e-5)


def test_an_update_of_plain_dqn_is_that_of_sb3():
    model = on_dots(double_q=False, n_steps=1, adam_eps=1e-8)
    model.learn(400)
    sb3 = DQN("CnnPolicy", model.get_env(), batch_size=32, buffer_size=100, seed=0, device="cpu")
    sb3.policy.load_state_dict(model.policy.state_dict())
    sb3._logger = model.logger
    model.policy.optimizer = torch.optim.Adam(model.q_net.parameters(), lr=1e-4)
    batches = [model.memory.sample(32) for _ in range(5)]
    for learner in (model, sb3):
        given = iter(batches)
        learner.replay_buffer.sample = lambda size, env=None, given=given: next(given)
        learner.train(5, 32)
    for name, tensor in model.policy.state_dict().items():
        assert torch.allclose(tensor, sb3.policy.state_dict()[name], atol=2e-6), name


def test_it_learns_to_stay_with_the_reward():
    model = on_dots(8, exploration_fraction=0.3, learning_rate=1e-3, gradient_steps=2, gamma=0.9)
    model.learn(6000)
    returns = [game["r"] for game in model.ep_info_buffer]
    # By chance the dot is in the middle in 1 of 36 steps of 20; going back and forth it is there in every other.
    assert np.mean(returns[-40:]) > 2.0
    assert np.isfinite(model.logger.name_to_value["train/loss"])


def test_trained_weights_play_the_same_in_plain_sb3_and_in_rlxai(tmp_path):
    model = on_breakout(policy_kwargs=policy_kwargs("nature"))
    model.learn(200)
    observations = np.random.default_rng(0).integers(0, 256, (8, 4, 84, 84), np.uint8)
    with torch.no_grad():
        mine = model.q_net(torch.from_numpy(observations))

    plain = CnnPolicy(model.observation_space, model.action_space, lambda _: 1e-4, net_arch=[])
    plain.load_state_dict(model.policy.state_dict())
    with torch.no_grad():
        assert torch.allclose(plain.q_net(torch.from_numpy(observations)), mine, atol=1e-6)
    model.save(tmp_path / "model.zip")
    agent = load_agent(tmp_path / "model.zip")
    assert np.allclose(agent.q_values(observations), mine.numpy(), atol=1e-6)
    for algorithm in (FastDQN, DQN):
        loaded = algorithm.load(tmp_path / "model.zip", device="cpu", buffer_size=100)
        assert np.array_equal(
            loaded.predict(observations, deterministic=True)[0], model.predict(observations, deterministic=True)[0]
        )
    again = FastDQN.load(tmp_path / "model.zip", env=model.get_env(), device="cpu")
    again.learn(100, reset_num_timesteps=False)
    assert again.num_timesteps == 300
    assert (again.double_q, again.memory.n_steps) == (True, 3)


def test_it_learns_on_sb3s_own_atari_environments_too():
    env = VecFrameStack(make_atari_env("ale_py:BreakoutNoFrameskip-v4", n_envs=2, seed=0), 4)
    model = FastDQN("CnnPolicy", env, buffer_size=1000, learning_starts=50, batch_size=8, seed=0, device="cpu")
    before = weights(model)
    model.learn(300)
    assert not equal(before, weights(model))
    rows = np.arange(model.memory.added)
    assert np.array_equal(model.memory.stacks(rows[-1:], np.array([0])), model.memory._previous[:1])
    env.close()


def test_seeds_decide_everything_and_callbacks_nothing(tmp_path, short_script):
    def trained(seed, callbacks=None):
        model = on_breakout(seed=seed)
        torch.manual_seed(seed)
        model.learn(240, callback=callbacks)
        return weights(model) | {"obs": torch.from_numpy(model._last_obs)}

    first = trained(1)
    looking = [
        SnapshotCallback(tmp_path / "run", every=80),
        ExplanationCallback(tmp_path / "run", every=80, states=4, methods=["gradient"]),
    ]
    assert equal(first, trained(1, looking))
    assert not equal(first, trained(2))


def test_every_environment_explores_by_itself():
    model = on_dots(64)
    model._last_obs = np.repeat(model.env.reset()[:1], 64, axis=0)
    model.num_timesteps = 1000
    greedy = int(model.predict(model._last_obs[:1], deterministic=True)[0][0])
    for epsilon in (0.0, 0.5, 1.0):
        model.exploration_rate = epsilon
        actions = np.concatenate([model._sample_action(0, None, 64)[0] for _ in range(20)])
        assert (actions != greedy).mean() == pytest.approx(epsilon / 2, abs=0.06)
    model.num_timesteps = 10
    model.exploration_rate = 0.0
    assert len(set(model._sample_action(100, None, 64)[0])) == 2  # before learning starts


def test_bfloat16_stays_in_the_convolutions():
    exact, mixed = on_breakout(bfloat16=False), on_breakout(bfloat16=True)
    mixed.policy.load_state_dict(exact.policy.state_dict())
    with torch.no_grad():
        mixed.q_net.q_net[0].bias += 100.0  # multiples of 0.5 in bfloat16
        exact.q_net.q_net[0].bias += 100.0
    observations = torch.randint(0, 256, (16, 4, 84, 84), dtype=torch.uint8)
    q_exact, q_mixed = (model._q_values(model.q_net, model._images(observations)) for model in (exact, mixed))
    assert q_mixed.dtype == torch.float32
    assert (q_exact - q_mixed).abs().max() < 0.01
    assert not torch.equal(q_exact, q_mixed)
    assert on_breakout().bfloat16 == bfloat16_is_fast(torch.device("cpu"))


def test_the_learning_rate_and_the_target_network_keep_their_schedules():
    from stable_baselines3.common.utils import LinearSchedule

    model = on_dots(4, learning_rate=LinearSchedule(1e-3, 1e-4, 1.0), target_update_interval=400)
    model.learn(396)
    target = copy.deepcopy(model.q_net_target.state_dict())
    assert not equal(target, model.q_net.state_dict())
    assert model.policy.optimizer.param_groups[0]["lr"] == pytest.approx(1e-4)
    model.learn(4, reset_num_timesteps=False)
    assert not equal(target, model.q_net_target.state_dict())
