"""Commit a training from time to time, so that a kill costs minutes and not the training."""

from __future__ import annotations

from pathlib import Path

from rlxai.training.dqn import FastDQN
from rlxai.training.monitor import MonitorFile
from rlxai.training.resume import Record, commit
from rlxai.training.schedule import Schedule, ScheduledCallback


class CommitCallback(ScheduledCallback):
    """Write a commit at the first step, at scheduled steps and at the last; must be the last of the callbacks.

    Args:
        folder: of the commits, see `rlxai.training.resume`.
        every: training steps between two commits.
        monitor: the file of finished games, whose size belongs to a commit.
        last: the commit that the training goes on from.
    """

    def __init__(self, folder: Path, every: int, monitor: MonitorFile, last: Record | None = None) -> None:
        super().__init__(Schedule.of(every, None))
        self.folder = folder
        self._monitor = monitor
        self._last = last

    def _prepare(self) -> None:
        assert isinstance(self.model, FastDQN)

    def _act(self, step: int) -> None:
        assert isinstance(self.model, FastDQN)
        self._last = commit(self.model, self.folder, self._last, self._monitor.synced_bytes())
