"""How a game of an agent ends, where its frames are not wanted."""

from __future__ import annotations

from dataclasses import dataclass

from rlxai.episodes.episode import End
from rlxai.episodes.record import greedy
from rlxai.episodes.rollout import Rollout
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent


@dataclass(frozen=True)
class Result:
    """What `record` would have kept of a game in three numbers."""

    score: float
    """Sum of the unclipped rewards."""
    decisions: int
    end: End


def play_out(agent: Agent, *, seed: int, max_decisions: int, epsilon: float = 0.0, game: str | None = None) -> Result:
    """The game that `record` plays with the same arguments, decision by decision the same, without keeping frames.

    Games are not played in batches: a network's outputs for a batch differ from those for single observations in
    their last bits, and so now and then in the best action.

    Raises:
        InvalidValue: as `record`.
    """
    game = game or agent.game
    if game is None:
        raise InvalidValue('the agent does not say which game it plays; give it as parameter game, such as "breakout"')
    rollout = Rollout(game, agent.preprocessing, agent.actions, greedy(agent), seed, max_decisions, epsilon)
    score, decisions = 0.0, 0
    for turn in rollout.turns():
        score += turn.frames.reward
        decisions += 1
    return Result(score, decisions, rollout.end)
