"""What a vectorised environment tells of the game: its name, its actions, and how observations are made.

Read, as far as it can be: the game, its actions and sticky actions from the ALE environment; the frame skip, no-ops
and FIRE from SB3's AtariWrapper or Gymnasium's AtariPreprocessing; stacked frames and size from the observations.
Taken for granted, because no wrapper tells: frames are stacked oldest first and resized by area, as SB3's and
Gymnasium's wrappers do. Whoever does otherwise gives `preprocessing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
from gymnasium.wrappers import AtariPreprocessing
from stable_baselines3.common import atari_wrappers as atari
from stable_baselines3.common.vec_env import VecEnv

from rlxai.errors import InvalidValue
from rlxai.preprocessing import Preprocessing


def read_spec(env: VecEnv) -> Mapping[str, Any] | None:
    """The arguments of the ALE environment inside, such as game and frameskip; None where it is no ALE environment.

    Raises:
        InvalidValue: the environment cannot be asked.
    """
    try:
        spec = env.get_attr("spec", indices=0)[0]
    except (AttributeError, NotImplementedError):
        raise InvalidValue(
            f"{type(env).__name__} does not tell which game it plays; give game=, actions= and preprocessing="
        ) from None
    if spec is None or not str(spec.entry_point).startswith("ale_py."):
        return None
    return dict(spec.kwargs)


def read_actions(env: VecEnv, ale: bool) -> tuple[str, ...]:
    """Names of the actions: ALE's, or "action i" elsewhere.

    Raises:
        InvalidValue: actions are not a finite set.
    """
    space = env.action_space
    if not isinstance(space, gym.spaces.Discrete):
        raise InvalidValue(f"actions must be a Discrete space, met {space}")
    if ale:
        return tuple(env.env_method("get_action_meanings", indices=0)[0])
    return tuple(f"action {index}" for index in range(int(space.n)))


def read_preprocessing(env: VecEnv, ale: Mapping[str, Any] | None) -> Preprocessing:
    """How observations are made, see the head of this module.

    Args:
        env: as the model sees it, observations channels first.
        ale: `read_spec(env)`.

    Raises:
        InvalidValue: observations are not square images of stacked grey frames, or the frame skip is random.
    """
    shape = env.observation_space.shape or ()
    if len(shape) != 3 or shape[1] != shape[2]:
        raise InvalidValue(f"observations must be square images of stacked grey frames, (C, H, H), met {shape}")
    if ale is None:
        return Preprocessing(frame_stack=shape[0], size=shape[1])
    skip = ale.get("frameskip", 4)
    if not isinstance(skip, int):
        raise InvalidValue(f"the environment skips a random number of frames, {skip}; use one with frameskip=1")
    if wrapped(env, atari.MaxAndSkipEnv):
        skip *= env.get_attr("_skip", indices=0)[0]
    elif wrapped(env, AtariPreprocessing):
        skip *= env.get_attr("frame_skip", indices=0)[0]
    sticky = float(ale.get("repeat_action_probability", 0.25))
    if wrapped(env, atari.StickyActionEnv):
        sticky = float(env.get_attr("action_repeat_probability", indices=0)[0])
    fire = wrapped(env, atari.FireResetEnv)
    counts_noops = wrapped(env, atari.NoopResetEnv) or wrapped(env, AtariPreprocessing)
    return Preprocessing(
        frame_skip=skip,
        frame_stack=shape[0],
        size=shape[1],
        sticky=sticky,
        noop_max=int(env.get_attr("noop_max", indices=0)[0]) if counts_noops else 0,
        fire_on_reset=fire,
        fire_on_life_loss=fire and wrapped(env, atari.EpisodicLifeEnv),
    )


def wrapped(env: VecEnv, wrapper: type[gym.Wrapper[Any, Any, Any, Any]]) -> bool:
    """Whether the single environments have this wrapper."""
    return bool(env.env_is_wrapped(wrapper, indices=0)[0])
