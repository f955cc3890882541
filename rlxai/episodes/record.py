"""Let an agent, or any other player, play one game and keep everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rlxai.episodes.episode import Episode
from rlxai.episodes.roll import Progress, roll
from rlxai.episodes.rollout import Decide
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent
from rlxai.preprocessing import Preprocessing

Policy = Callable[[np.ndarray, np.ndarray], int]


def record(
    agent: Agent,
    *,
    seed: int = 0,
    max_decisions: int = 5000,
    epsilon: float = 0.0,
    game: str | None = None,
    progress: Progress | None = None,
) -> Episode:
    """One game of an agent that presses argmax of its outputs, with probability epsilon a uniformly drawn action.

    Args:
        agent: what plays; its preprocessing says how it sees the game.
        seed: determines the no-ops at the start, the exploration and the emulator. No global generator is touched.
        max_decisions: the episode ends there at the latest.
        epsilon: share of random actions.
        game: ALE name; None: the agent's own.
        progress: called after each decision with (decisions done, max_decisions).

    Raises:
        InvalidValue: the game is unknown or not given, lacks one of the agent's actions, or a number is outside its
            domain.
    """
    game = game or agent.game
    if game is None:
        raise InvalidValue('the agent does not say which game it plays; give it as parameter game, such as "breakout"')
    return roll(game, agent.preprocessing, agent.actions, greedy(agent), seed, max_decisions, epsilon, progress)


def greedy(agent: Agent) -> Decide:
    """The player that presses argmax of an agent's outputs."""

    def decide(observation: np.ndarray, ram: np.ndarray) -> tuple[int, np.ndarray]:
        outputs = agent.q_values(observation[None])[0]
        return int(outputs.argmax()), outputs

    return decide


def play(
    game: str,
    preprocessing: Preprocessing,
    policy: Policy,
    *,
    actions: Sequence[str] | None = None,
    seed: int = 0,
    max_decisions: int = 5000,
    epsilon: float = 0.0,
    progress: Progress | None = None,
) -> Episode:
    """One game of a scripted player; everything else as in `record`.

    Args:
        game: ALE name.
        preprocessing: how the player sees the game.
        policy: (observation uint8 (C, size, size), RAM uint8 (128,) of the latest frame) -> index into `actions`.
        actions: names of the player's actions; None: the game's minimal action set.
        seed: as in `record`.
        max_decisions: as in `record`.
        epsilon: as in `record`.
        progress: as in `record`.

    Raises:
        InvalidValue: as in `record`, or the policy returns something else than an index of an action.
    """
    none = np.zeros(0, np.float32)

    def decide(observation: np.ndarray, ram: np.ndarray) -> tuple[int, np.ndarray]:
        return policy(observation, ram), none

    return roll(game, preprocessing, actions, decide, seed, max_decisions, epsilon, progress)
