"""A replay memory that keeps every plane once: 7 kB per step instead of 28 or 56."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import BaseBuffer
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from stable_baselines3.common.vec_env import VecNormalize

from rlxai.errors import InvalidValue

GOES_ON, TERMINAL, CUT = 0, 1, 2
"""How a step leaves the return: it goes on, it ends, or a time limit cuts it off (and its value is not zero)."""


class FrameReplayBuffer(BaseBuffer):
    """Steps of several environments, one plane each; stacks and n-step returns are put together when sampled.

    Row t holds for every environment the newest plane of the observation acted on, the action, the reward, and how the
    step ended. A sample (t, e) is

        observation      = planes t-C+1 ... t, zero before the game's first
        reward           = sum over k < m of gamma^k r_{t+k}
        next observation = the one of row t+m, worth gamma^m, unless a terminal step was among the m

    with m = n_steps, less where the return ends before. A lost life ends the return but not the stack. A step cut off
    by a time limit has no next observation in the memory: it is not sampled, and returns that reach it stop there.

    Args:
        buffer_size: steps of all environments together.
        observation_space: uint8 (C, H, W), stacks with the newest plane last and zeros before the game's first.
        action_space: at most 256 actions.
        device: of the samples; the memory itself is in main memory.
        n_envs: number of environments.
        optimize_memory_usage: ignored; part of the signature SB3 calls.
        n_steps: rewards that are summed before bootstrapping (Sutton 1988).
        gamma: discount factor.

    Raises:
        InvalidValue: the spaces are others, or the memory is too small for one stack and return.
    """

    def __init__(
        self,
        buffer_size: int,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        device: torch.device | str = "auto",
        n_envs: int = 1,
        optimize_memory_usage: bool = True,
        *,
        n_steps: int = 1,
        gamma: float = 0.99,
    ) -> None:
        shape = observation_space.shape or ()
        if len(shape) != 3 or observation_space.dtype != np.uint8:
            raise InvalidValue(f"observations must be uint8 stacks of planes (C, H, W), met {observation_space}")
        if not isinstance(action_space, spaces.Discrete) or action_space.n > 256:
            raise InvalidValue(f"actions must be a Discrete space of at most 256, met {action_space}")
        rows, self.stack = buffer_size // n_envs, shape[0]
        if rows < self.stack + n_steps + 2:
            raise InvalidValue(
                f"buffer_size must be at least {(self.stack + n_steps + 2) * n_envs} for {n_envs} environments, "
                f"met {buffer_size}"
            )
        super().__init__(rows, observation_space, action_space, device, n_envs)
        self.n_steps, self.gamma = n_steps, gamma
        self.planes = np.zeros((rows, n_envs, *shape[1:]), np.uint8)
        self.actions = np.zeros((rows, n_envs), np.uint8)
        self.rewards = np.zeros((rows, n_envs), np.float32)
        self.ends = np.zeros((rows, n_envs), np.uint8)
        self.ages = np.zeros((rows, n_envs), np.uint8)
        """How many earlier planes belong to the stack, at most C - 1."""
        self.added = 0
        """Rows ever added; row t is at t modulo the number of rows."""
        self.generator = np.random.default_rng()
        self._previous: np.ndarray | None = None

    @property
    def pos(self) -> int:
        """Where the next row goes."""
        return self.added % self.buffer_size

    @pos.setter
    def pos(self, value: int) -> None:
        pass  # BaseBuffer counts for itself

    @property
    def full(self) -> bool:
        """Whether the oldest rows are being replaced."""
        return self.added >= self.buffer_size

    @full.setter
    def full(self, value: bool) -> None:
        pass

    @property
    def sampled_rows(self) -> range:
        """Rows t that can be sampled: their stack is still there, and the next observation is there already."""
        oldest = self.added - self.buffer_size + self.stack if self.full else 0
        return range(oldest, max(oldest, self.added - self.n_steps))

    def add(
        self,
        obs: np.ndarray,
        next_obs: np.ndarray,
        action: np.ndarray,
        reward: np.ndarray,
        done: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        """Add a step of every environment; the arguments are those of SB3's ReplayBuffer.

        Where an info holds "taken", that is the action stored: what was really pressed.

        Raises:
            InvalidValue: an observation neither continues the one before nor begins a stack.
        """
        row = self.pos
        ages = np.minimum(self.ages[row - 1].astype(int) + 1, self.stack - 1)
        if self._previous is None:
            starts = np.ones(self.n_envs, bool)
        else:
            starts = (obs[:, :-1] != self._previous[:, 1:]).any(axis=(1, 2, 3))
        if obs[starts, :-1].any():
            raise InvalidValue(
                "observations must be stacks with the newest plane last, filled with zeros when a game starts"
            )
        self.planes[row] = obs[:, -1]
        self.ages[row] = np.where(starts, 0, ages)
        self.actions[row] = [info.get("taken", pressed) for info, pressed in zip(infos, action, strict=True)]
        self.rewards[row] = reward
        cut = [bool(info.get("TimeLimit.truncated", False)) for info in infos]
        self.ends[row] = np.where(done, np.where(cut, CUT, TERMINAL), GOES_ON)
        self._previous = obs
        self.added += 1

    def sample(self, batch_size: int, env: VecNormalize | None = None) -> ReplayBufferSamples:
        """Draw steps uniformly, with replacement.

        Args:
            batch_size: how many, B.
            env: not supported; images need no normalisation.

        Returns:
            observations and next_observations uint8 (B, C, H, W), actions int64 (B, 1), and float32 (B, 1): dones (1
            where there is nothing to bootstrap from), rewards, discounts (gamma^m).

        Raises:
            InvalidValue: there are not enough steps yet.
        """
        rows = self.sampled_rows
        if not rows:
            raise InvalidValue(f"the replay memory holds {self.added} rows, too few for a return of {self.n_steps}")
        drawn = self.generator.integers(rows.start, rows.stop, batch_size)
        return self._get_samples(drawn, env)

    def _get_samples(self, batch_inds: np.ndarray, env: VecNormalize | None = None) -> ReplayBufferSamples:
        envs = self.generator.integers(self.n_envs, size=len(batch_inds))
        return self.at(batch_inds, envs)

    def at(self, rows: np.ndarray, envs: np.ndarray) -> ReplayBufferSamples:
        """The samples of given rows, int (B,), all in `sampled_rows`, and environments, int (B,)."""
        cut = self.ends[rows % self.buffer_size, envs] == CUT
        # The step before stands in: a cut step has no next observation.
        rows = np.where(cut & (rows > self.sampled_rows.start), rows - 1, rows)
        returns, steps, terminal = self._returns(rows, envs)
        actions = self.actions[rows % self.buffer_size, envs].astype(np.int64)
        columns = (terminal.astype(np.float32), returns, (self.gamma**steps).astype(np.float32))
        dones, rewards, discounts = (self.to_torch(column[:, None]) for column in columns)
        return ReplayBufferSamples(
            self.to_torch(self.stacks(rows, envs)),
            self.to_torch(actions[:, None]),
            self.to_torch(self.stacks(rows + steps, envs)),
            dones,
            rewards,
            discounts,
        )

    def to_torch(self, array: np.ndarray, copy: bool = True) -> torch.Tensor:
        """The array as a tensor on the device of the samples; `array` is never one of the memory's own."""
        return torch.from_numpy(array).to(self.device)

    def stacks(self, rows: np.ndarray, envs: np.ndarray) -> np.ndarray:
        """Observations uint8 (B, C, H, W) of rows, int (B,), and environments, int (B,)."""
        back = np.arange(self.stack - 1, -1, -1)
        index = (rows[:, None] - back) % self.buffer_size * self.n_envs + envs[:, None]  # (B, C)
        height, width = self.planes.shape[2:]
        stacks = self.planes.reshape(-1, height * width).take(index, axis=0)
        stacks[back > self.ages[rows % self.buffer_size, envs][:, None]] = 0
        observations: np.ndarray = stacks.reshape(len(rows), self.stack, height, width)
        return observations

    def _returns(self, rows: np.ndarray, envs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sums of discounted rewards float32 (B,), how many rewards int (B,), whether the last ended it bool (B,)."""
        returns, steps = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.int64)
        terminal, alive = np.zeros(len(rows), bool), np.ones(len(rows), bool)
        for step in range(self.n_steps):
            index = (rows + step) % self.buffer_size
            end = self.ends[index, envs]
            if step:
                alive &= end != CUT
            returns += alive * np.float32(self.gamma**step) * self.rewards[index, envs]
            steps += alive
            terminal |= alive & (end == TERMINAL)
            alive &= end == GOES_ON
        return returns, steps, terminal

    def columns(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Copies of rows first ... last - 1, which must still be there, by name."""
        index = np.arange(first, last) % self.buffer_size
        return {name: getattr(self, name)[index] for name in self._columns}

    def put(self, first: int, columns: dict[str, np.ndarray]) -> None:
        """Put rows back where they were, the inverse of `columns`; rows must come oldest first.

        Raises:
            InvalidValue: they are of another shape.
        """
        count = len(columns["ends"])
        index = np.arange(first, first + count) % self.buffer_size
        for name in self._columns:
            mine = getattr(self, name)
            if columns[name].shape[1:] != mine.shape[1:] or columns[name].dtype != mine.dtype:
                raise InvalidValue(f"the rows have {name} of {columns[name].dtype} {columns[name].shape}")
            mine[index] = columns[name]
        self.added = first + count

    def resume(self) -> None:
        """Make ready to go on after the last row that was put: the next observation may continue its stack."""
        if self.added:
            envs = np.arange(self.n_envs)
            self._previous = self.stacks(np.full(self.n_envs, self.added - 1), envs)

    _columns = ("planes", "actions", "rewards", "ends", "ages")
