"""What rlxai shows an agent is what it would see in `ale_py.AtariVectorEnv`, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from ale_py import AtariVectorEnv

from rlxai.episodes import Observer
from rlxai.games import Emulator
from rlxai.preprocessing import Preprocessing


def compare(game: str, preprocessing: Preprocessing, seed: int, episodes: int) -> set[float]:
    """Play the same random actions in both; returns the rewards met."""
    size, skip = preprocessing.size, preprocessing.frame_skip
    env = AtariVectorEnv(
        game, 1, autoreset_mode="SameStep", episodic_life=False, reward_clipping=False,
        use_fire_reset=preprocessing.fire_on_reset, repeat_action_probability=preprocessing.sticky, frameskip=skip,
        stack_num=preprocessing.frame_stack, img_height=size, img_width=size, noop_max=preprocessing.noop_max,
    )  # fmt: skip
    emulator = Emulator(game, sticky=preprocessing.sticky, seed=seed)
    fired = preprocessing.fire_on_reset and "FIRE" in emulator.actions
    random = np.random.default_rng(seed)
    theirs, info = env.reset(seed=seed)
    rewards = set()
    for _ in range(episodes):
        noops = int(info["episode_frame_number"][0]) - fired
        observer = Observer(preprocessing)
        frames = emulator.reset(noops, preprocessing.fire_on_reset)
        ours = observer.see(frames.repeated(skip).screens, emulator.grey, emulator.palette)
        over = False
        while not over:
            np.testing.assert_array_equal(theirs[0], ours)
            assert info["lives"][0] == frames.lives
            action = int(random.integers(len(emulator.actions)))
            theirs, reward, terminated, truncated, info = env.step(np.array([action]))
            over = bool(terminated[0])
            frames = emulator.step(action, skip)
            ours = observer.see(frames.screens, emulator.grey, emulator.palette)
            assert (reward[0], over) == (frames.reward, frames.over)
            assert not truncated[0]
            rewards.add(frames.reward)
        np.testing.assert_array_equal(info["final_obs"][0], ours)
    env.close()
    return rewards


@pytest.mark.parametrize(("game", "episodes"), [("breakout", 4), ("space_invaders", 2), ("seaquest", 3)])
@pytest.mark.parametrize("seed", [0, 1])
def test_same_as_vector_env(game, episodes, seed):
    assert len(compare(game, Preprocessing(), seed, episodes)) > 1


def test_same_as_vector_env_in_pong():
    assert compare("pong", Preprocessing(), seed=0, episodes=2) >= {-1.0, 0.0}


@pytest.mark.parametrize("game", ["breakout", "space_invaders"])
def test_same_with_sticky_actions(game):
    compare(game, Preprocessing(sticky=0.25), seed=7, episodes=2)


def test_same_with_other_preprocessing():
    compare("breakout", Preprocessing(frame_skip=3, frame_stack=2, size=96, fire_on_reset=False), 3, episodes=2)


def test_screen_of_another_height():
    compare("carnival", Preprocessing(), seed=0, episodes=1)
