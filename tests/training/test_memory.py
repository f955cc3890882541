"""The frame memory against a literal memory that stores every observation whole and adds rewards up one by one."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from rlxai.errors import InvalidValue
from rlxai.training.memory import FrameReplayBuffer
from rlxai.training.vec_env import ALEVecEnv

SPACE = spaces.Box(0, 255, (4, 6, 6), np.uint8)
ACTIONS = spaces.Discrete(4)


class Literal:
    """Every step of one environment with its whole observation, for ever."""

    def __init__(self) -> None:
        self.steps = []

    def sample(self, row, n_steps, gamma):
        """(observation, action, next observation or None, reward, discount), following the definition word by word."""
        observation, action = self.steps[row]["obs"], self.steps[row]["action"]
        reward = 0.0
        for k in range(n_steps):
            step = self.steps[row + k]
            if step["end"] == "cut":
                assert k > 0
                return observation, action, step["obs"], reward, gamma**k
            reward += gamma**k * step["reward"]
            if step["end"] == "terminal":
                return observation, action, None, reward, None
        return observation, action, self.steps[row + n_steps]["obs"], reward, gamma**n_steps


def random_games(rng, n_envs, rows):
    """Steps of made-up games: game over (a new stack), lost lives (the stack goes on) and time limits."""
    stacks = np.zeros((n_envs, *SPACE.shape), np.uint8)
    stacks[:, -1] = rng.integers(1, 256, stacks[:, -1].shape)
    for _ in range(rows):
        obs = stacks.copy()
        draw = rng.random(n_envs)
        over, life, cut = draw < 0.08, (draw >= 0.08) & (draw < 0.2), (draw >= 0.2) & (draw < 0.25)
        stacks = np.concatenate([obs[:, 1:], rng.integers(1, 256, (n_envs, 1, 6, 6)).astype(np.uint8)], 1)
        stacks[over | cut, :-1] = 0
        reward = rng.integers(-1, 2, n_envs).astype(np.float32)
        action = rng.integers(0, 4, n_envs)
        infos = [{"TimeLimit.truncated": bool(c)} for c in cut]
        yield obs, stacks.copy(), action, reward, over | life | cut, infos


@pytest.mark.parametrize("n_steps", [1, 3, 5])
@pytest.mark.parametrize(("size", "rows"), [(300, 60), (90, 200)])  # with room left, and overwritten several times
def test_every_sample_equals_the_literal_one(n_steps, size, rows):
    n_envs, gamma = 3, 0.9
    memory = FrameReplayBuffer(size, SPACE, ACTIONS, "cpu", n_envs, n_steps=n_steps, gamma=gamma)
    literal = [Literal() for _ in range(n_envs)]
    for obs, next_obs, action, reward, done, infos in random_games(np.random.default_rng(0), n_envs, rows):
        memory.add(obs, next_obs, action, reward, done, infos)
        for e in range(n_envs):
            end = "cut" if infos[e]["TimeLimit.truncated"] else "terminal" if done[e] else None
            literal[e].steps.append({"obs": obs[e], "action": action[e], "reward": reward[e], "end": end})
    assert memory.sampled_rows.stop == rows - n_steps
    assert memory.sampled_rows.start == (0 if size == 300 else rows - 30 + 4)
    checked = {"terminal": 0, "cut": 0}
    for row in memory.sampled_rows:
        for e in range(n_envs):
            got = memory.at(np.array([row]), np.array([e]))
            if literal[e].steps[row]["end"] == "cut":
                row_used = row - 1 if row > memory.sampled_rows.start else None
                if row_used is None:
                    continue
            else:
                row_used = row
            observation, action, following, expected, discount = literal[e].sample(row_used, n_steps, gamma)
            assert np.array_equal(got.observations[0].numpy(), observation)
            assert got.actions.item() == action
            assert got.rewards.item() == pytest.approx(expected, abs=1e-6)
            assert got.dones.item() == (following is None)
            if following is not None:
                assert np.array_equal(got.next_observations[0].numpy(), following)
                assert got.discounts.item() == pytest.approx(discount)
            checked["terminal"] += following is None
            checked["cut"] += following is not None and discount > gamma**n_steps + 1e-9
    assert checked["terminal"] > 5
    assert checked["cut"] > 2 or n_steps == 1


def test_samples_are_drawn_from_all_rows_and_environments_and_again_alike():
    memory = FrameReplayBuffer(300, SPACE, ACTIONS, "cpu", 3, n_steps=2)
    with pytest.raises(InvalidValue, match="holds 0 rows, too few for a return of 2"):
        memory.sample(4)
    for step in random_games(np.random.default_rng(0), 3, 20):
        memory.add(*step)
    memory.generator = np.random.default_rng(5)
    first = memory.sample(2000)
    assert len(np.unique(first.observations.numpy().reshape(2000, -1), axis=0)) == 18 * 3 - int(
        (memory.ends[:18] == 2).sum()
    )
    memory.generator = np.random.default_rng(5)
    again = memory.sample(2000)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


def test_on_real_games_the_stacks_are_those_the_agent_saw():
    env = ALEVecEnv("breakout", 2, seed=1)
    memory = FrameReplayBuffer(2000, env.observation_space, env.action_space, "cpu", 2, n_steps=3)
    rng, seen, obs, overs, taken = np.random.default_rng(0), [], env.reset(), 0, 0
    for _ in range(500):
        action = rng.integers(0, 4, 2)
        following, reward, done, infos = env.step(action)
        memory.add(obs, following, action, reward, done, infos)
        seen.append(obs)
        overs += sum("episode" in info for info in infos)
        taken += sum(info["taken"] != pressed for info, pressed in zip(infos, action, strict=True))
        obs = following
    env.close()
    assert overs >= 4
    assert taken >= 8  # FIRE was pressed for the agent after lost lives, and that is what is remembered
    assert (memory.actions[:500].T == 1).mean() > 0.25
    rows = np.arange(500)
    for e in range(2):
        assert np.array_equal(memory.stacks(rows, np.full(500, e)), np.stack(seen)[:, e])


def test_rows_taken_out_and_put_back_go_on_as_before():
    def fill(memory, steps):
        for step in steps:
            memory.add(*step)

    steps = list(random_games(np.random.default_rng(3), 3, 90))
    whole, parts = (FrameReplayBuffer(90, SPACE, ACTIONS, "cpu", 3, n_steps=3) for _ in range(2))
    fill(whole, steps[:70])
    parts.put(40, whole.columns(40, 55))
    parts.put(55, whole.columns(55, 70))
    parts.resume()
    fill(whole, steps[70:])
    fill(parts, steps[70:])
    whole.generator, parts.generator = np.random.default_rng(0), np.random.default_rng(0)
    assert all((a == b).all() for a, b in zip(whole.sample(500), parts.sample(500), strict=True))
    assert whole.pos == parts.pos == 0
    assert whole.full
    with pytest.raises(InvalidValue, match="the rows have planes of uint8"):
        parts.put(0, {**whole.columns(80, 82), "planes": np.zeros((2, 1, 6, 6), np.uint8)})


def test_a_million_steps_of_breakout_need_at_most_8_gb():
    space = spaces.Box(0, 255, (4, 84, 84), np.uint8)
    memory = FrameReplayBuffer(1_000_000, space, ACTIONS, "cpu", 16)  # zeros take no memory until written
    columns = (memory.planes, memory.actions, memory.rewards, memory.ends, memory.ages)
    assert sum(column.nbytes for column in columns) <= 8e9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"observation_space": spaces.Box(0, 1, (4, 6, 6), np.float32)}, "must be uint8 stacks"),
        ({"observation_space": spaces.Box(0, 255, (4, 6), np.uint8)}, "must be uint8 stacks"),
        ({"action_space": spaces.Discrete(300)}, "of at most 256"),
        ({"buffer_size": 26}, "buffer_size must be at least 27 for 3 environments, met 26"),
    ],
)
def test_what_cannot_be_stored_is_refused(change, said):
    arguments = {"buffer_size": 300, "observation_space": SPACE, "action_space": ACTIONS, **change}
    with pytest.raises(InvalidValue, match=said):
        FrameReplayBuffer(**arguments, device="cpu", n_envs=3, n_steps=3)


def test_stacks_that_are_not_filled_with_zeros_are_refused():
    memory = FrameReplayBuffer(300, SPACE, ACTIONS, "cpu", 3)
    obs = np.ones((3, *SPACE.shape), np.uint8)
    with pytest.raises(InvalidValue, match="filled with zeros when a game starts"):
        memory.add(obs, obs, np.zeros(3, int), np.zeros(3), np.zeros(3, bool), [{}] * 3)
