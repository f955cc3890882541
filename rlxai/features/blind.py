"""Games of an agent that is not shown an object (hand-blinding, Hilton et al. 2020, doi 10.23915/distill.00029).

The game is the real one; only what the network sees is changed: the pixels that the object covers, in every stacked
frame, are filled with the background. A cell that the object covers in part is filled whole, so that nothing of it is
left; an object on top of others takes a little of these along.

The control fills as many pixels of the same shape elsewhere: what that costs is the cost of being shown holes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from rlxai.episodes.observe import pooled_frames
from rlxai.episodes.rollout import Rollout
from rlxai.episodes.score import Result
from rlxai.errors import InvalidValue
from rlxai.games import Frames, GameObjects, game_objects
from rlxai.networks import Agent
from rlxai.preprocessing import Preprocessing, Refill


@dataclass(frozen=True)
class Blindfold:
    """What is not shown."""

    objects: tuple[str, ...]
    """Names of the game's objects."""
    fill: int
    """Grey level 0 to 255 that stands in their place."""
    elsewhere: bool = False
    """The control: holes of the same shape, half the width of the screen further to the right, around the border."""


class Holes:
    """Where the objects are in the planes of the agent's stack, kept up as the game goes on.

    Args:
        blindfold: the objects.
        known: the game's objects.
        preprocessing: of the agent.

    Raises:
        InvalidValue: the game has no object of a name.
    """

    def __init__(self, blindfold: Blindfold, known: GameObjects, preprocessing: Preprocessing) -> None:
        for name in blindfold.objects:
            if name not in known.names:
                raise InvalidValue(f"there is no object {name!r}; there are {', '.join(known.names)}")
        self._chosen = [known.names.index(name) for name in blindfold.objects]
        self._blindfold, self._known, self._preprocessing = blindfold, known, preprocessing
        self._planes: deque[np.ndarray] = deque(maxlen=preprocessing.frame_stack)
        self._last: np.ndarray | None = None

    def see(self, frames: Frames, refill: Refill) -> None:
        """One more decision's frames; what becomes of older planes is as in `rlxai.episodes.observe.Observer`."""
        plane = self._plane(frames.ram)
        if refill != "keep" or not self._planes:
            before = plane if refill == "repeat" else np.zeros_like(plane)
            self._planes.extend([before] * (self._planes.maxlen or 0))
        self._planes.append(plane)

    def covered(self, observation: np.ndarray) -> np.ndarray:
        """The observation, uint8 (C, size, size), with the holes filled; the argument is left alone."""
        planes = self._planes if self._preprocessing.stack_order == "oldest-first" else reversed(self._planes)
        return np.where(np.stack(list(planes)), np.uint8(self._blindfold.fill), observation)

    def _plane(self, ram: np.ndarray) -> np.ndarray:
        known = ram[-1:] if self._last is None else np.stack([self._last, ram[-1]])
        self._last = ram[-1]
        pooling, size = self._preprocessing.pooling, self._preprocessing.size
        entries = known[:, None] if pooling == "two-decisions" else ram[None]
        pair = pooled_frames(entries, len(entries) - 1, len(entries), pooling)[0]
        hole: np.ndarray = np.greater(self._known.masks(pair, size)[self._chosen], 0).any(0)
        return np.roll(hole, size // 2, axis=1) if self._blindfold.elsewhere else hole


def play_blind(
    agent: Agent, blindfold: Blindfold, *, seed: int, max_decisions: int, epsilon: float = 0.0, game: str | None = None
) -> Result:
    """The game that `rlxai.episodes.score.play_out` plays with the same arguments, but for what is not shown.

    Raises:
        InvalidValue: as `play_out`; or the objects of the game are not known, or none has a name of the blindfold's.
    """
    game = game or agent.game
    known = game_objects(game) if game else None
    if game is None or known is None:
        raise InvalidValue(f"the objects of {game or 'an unknown game'} are not known, so none can be hidden")
    holes = Holes(blindfold, known, agent.preprocessing)

    def decide(observation: np.ndarray, ram: np.ndarray) -> tuple[int, np.ndarray]:
        outputs = agent.q_values(holes.covered(observation)[None])[0]
        return int(outputs.argmax()), outputs

    rollout = Rollout(game, agent.preprocessing, agent.actions, decide, seed, max_decisions, epsilon)
    settings, lives, score, decisions = agent.preprocessing, rollout.start.lives, 0.0, 0
    holes.see(rollout.start, settings.refill(0, rollout.opening, False))
    for turn in rollout.turns():
        score += turn.frames.reward
        decisions += 1
        # The plane of these frames joins the stack at the next decision, and so do their holes.
        holes.see(turn.frames, settings.refill(decisions, rollout.opening, turn.frames.lives < lives))
        lives = turn.frames.lives
    return Result(score, decisions, rollout.end)
