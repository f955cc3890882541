"""When a callback acts: at training steps, whatever number of environments they come from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from rlxai.errors import InvalidValue


@dataclass(frozen=True)
class Schedule:
    """Steps at which to act: multiples of `every`, or those in `at`."""

    every: int | None = None
    at: tuple[int, ...] = ()

    @classmethod
    def of(cls, every: int | None, at: Iterable[int] | None) -> Schedule:
        """A schedule from a callback's arguments.

        Raises:
            InvalidValue: neither or both are given, or a number is none or negative.
        """
        if (every is None) == (at is None):
            raise InvalidValue("give either every=, a number of training steps, or at=, a list of training steps")
        if at is not None:
            return cls(at=tuple(_step("at", step, 0) for step in at))
        return cls(every=_step("every", every, 1))

    def crossed(self, before: int, now: int) -> bool:
        """Whether a scheduled step lies in (before, now]: steps may come many at a time."""
        if self.every is not None:
            return now // self.every > before // self.every
        return any(before < step <= now for step in self.at)


def _step(name: str, value: Any, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < low:  # NumPy's integers are welcome
        raise InvalidValue(f"{name} must be whole numbers of at least {low}, met {value!r}")
    return int(value)


class ScheduledCallback(BaseCallback):
    """Acts at the first step of training, at scheduled steps, and at the last.

    SB3 counts `num_timesteps` over all environments, so that scheduled steps are crossed rather than hit. A crossing
    is acted upon between two rollouts, when the updates that belong to the steps so far are done: what is seen at a
    step is the agent trained by exactly that many steps. DQN's rollout is `train_freq` steps, 4 by default; PPO and
    A2C change their weights only then.
    """

    resumes = False
    """Whether the training goes on from a commit, so that the first step was acted upon before."""

    def __init__(self, schedule: Schedule, verbose: int = 0) -> None:
        super().__init__(verbose)
        self.schedule = schedule
        self._seen = 0
        self._acted: int | None = None

    @abstractmethod
    def _prepare(self) -> None:
        """Called once when training starts; the model and its environment are known."""

    @abstractmethod
    def _act(self, step: int) -> None:
        """Called with the number of steps trained so far."""

    def _on_training_start(self) -> None:
        self._prepare()
        self._seen = self.model.num_timesteps
        self._acted = self._seen
        if not self.resumes:
            self._act(self._seen)

    def _on_rollout_start(self) -> None:
        before, self._seen = self._seen, self.model.num_timesteps
        if self.schedule.crossed(before, self._seen):
            self._acted = self._seen
            self._act(self._seen)

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        if self._acted != self.model.num_timesteps:
            self._act(self.model.num_timesteps)
