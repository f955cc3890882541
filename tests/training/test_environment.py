from __future__ import annotations

import gymnasium as gym
import pytest
from gymnasium.wrappers import AtariPreprocessing, FrameStackObservation
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack, VecTransposeImage

from rlxai.errors import InvalidValue
from rlxai.preprocessing import Preprocessing
from rlxai.training.live import Surroundings, surroundings


def sb3(game, stack=4, env_kwargs=None, **wrapper):
    return VecTransposeImage(
        VecFrameStack(make_atari_env(f"ale_py:{game}", wrapper_kwargs=wrapper, env_kwargs=env_kwargs), stack)
    )


def test_sb3s_usual_environment_is_read_from_its_wrappers():
    expected = Surroundings("breakout", ("NOOP", "FIRE", "RIGHT", "LEFT"), Preprocessing())
    assert surroundings(sb3("BreakoutNoFrameskip-v4")) == expected


def test_every_setting_of_the_wrappers_is_read():
    wrapper = {"noop_max": 7, "frame_skip": 3, "screen_size": 64, "terminal_on_life_loss": False}
    around = surroundings(sb3("SpaceInvadersNoFrameskip-v4", 2, **wrapper, action_repeat_probability=0.1))
    assert around.game == "space_invaders"
    assert around.actions == ("NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE")
    assert around.preprocessing == Preprocessing(
        frame_skip=3, frame_stack=2, size=64, sticky=0.1, noop_max=7, fire_on_reset=True, fire_on_life_loss=False
    )


def test_a_game_without_fire_and_with_sticky_actions_of_ale():
    around = surroundings(sb3("ALE/Freeway-v5", env_kwargs={"frameskip": 1}, noop_max=0))
    assert (around.game, around.actions) == ("freeway", ("NOOP", "UP", "DOWN"))
    assert around.preprocessing == Preprocessing(sticky=0.25, noop_max=0, fire_on_reset=False, fire_on_life_loss=False)


def test_gymnasiums_wrappers_are_read():
    def make():
        env = gym.make("ale_py:ALE/Pong-v5", frameskip=1, repeat_action_probability=0.0)
        return FrameStackObservation(AtariPreprocessing(env, noop_max=10, frame_skip=5), 3)

    around = surroundings(DummyVecEnv([make]))
    assert around.game == "pong"
    assert around.preprocessing == Preprocessing(
        frame_skip=5, frame_stack=3, noop_max=10, fire_on_reset=False, fire_on_life_loss=False
    )


def test_what_cannot_be_described_is_refused():
    with pytest.raises(InvalidValue, match=r"skips a random number of frames, \(2, 5\); use one with frameskip=1"):
        surroundings(sb3("Breakout-v4", frame_skip=1))
    flat = DummyVecEnv([lambda: gym.make("CartPole-v1")])
    with pytest.raises(InvalidValue, match=r"observations must be square images of stacked grey frames.* met \(4,\)"):
        surroundings(flat)


def test_a_strange_environment_is_asked_nothing_once_all_is_given():
    around = surroundings(None, "pong", ["NOOP"], Preprocessing())
    assert around == Surroundings("pong", ("NOOP",), Preprocessing())
