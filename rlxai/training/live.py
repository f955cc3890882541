"""The agent that is in training: where it belongs, and a frozen copy of it at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from rlxai.networks import Agent, agent_from_policy
from rlxai.networks.infer import Architecture
from rlxai.preprocessing import Preprocessing
from rlxai.store import open_run
from rlxai.training.environment import read_actions, read_preprocessing, read_spec
from rlxai.training.extractors import network_name
from rlxai.training.vec_env import ALEVecEnv


@dataclass(frozen=True)
class Surroundings:
    """What an agent's network does not say: the game, the names of its actions, how its observations are made."""

    game: str | None
    actions: tuple[str, ...]
    preprocessing: Preprocessing

    def to_info(self) -> dict[str, Any]:
        """The part of run.json that holds them."""
        return {"game": self.game, "actions": list(self.actions), "preprocessing": self.preprocessing.to_dict()}


def surroundings(
    env: VecEnv,
    game: str | None = None,
    actions: Sequence[str] | None = None,
    preprocessing: Preprocessing | None = None,
) -> Surroundings:
    """What is given, and for the rest what the environment tells.

    Raises:
        InvalidValue: something is not given, and the environment does not tell it.
    """
    if actions is not None and preprocessing is not None:
        return Surroundings(game, tuple(actions), preprocessing)  # asks nothing of an environment of a strange kind
    inner = env.unwrapped
    if isinstance(inner, ALEVecEnv):
        return Surroundings(game or inner.game, tuple(actions or inner.actions), preprocessing or inner.preprocessing)
    spec = read_spec(env)
    return Surroundings(
        game or (str(spec["game"]) if spec else None),
        tuple(actions) if actions is not None else read_actions(env, spec is not None),
        preprocessing or read_preprocessing(env, spec),
    )


def run_surroundings(path: Path) -> Surroundings | None:
    """Those of the run at `path`; None where there is no run yet.

    Raises:
        RunError: the run is damaged.
    """
    if not (path / "run.json").exists():
        return None
    info: Mapping[str, Any] = open_run(path).info
    return Surroundings(info["game"], tuple(info["actions"]), Preprocessing.from_dict(info["preprocessing"]))


def live_agent(model: BaseAlgorithm, around: Surroundings, architecture: Architecture | None = None) -> Agent:
    """A frozen copy of the model's network; the model, its gradients, mode and random states stay as they are.

    Args:
        model: an SB3 model.
        around: what its network does not say.
        architecture: the layers, for a features extractor that rlxai does not know.

    Raises:
        InvalidValue: the policy is not one that rlxai can explain.
    """
    name = network_name(model.policy.features_extractor_class)
    return agent_from_policy(
        model,
        actions=around.actions,
        preprocessing=around.preprocessing,
        architecture=architecture or (None if name == "nature" else name),  # None: strict, SB3's own layers only
        game=around.game,
    )
