"""A task: one piece of derived work, named by the hash of its inputs, done at most once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rlxai.store import Attempt, Commit, Run

Progress = Callable[[int, int], None]
"""Called with (done, total) in the unit that the work counts in."""

CODE_VERSION = 2
"""Part of every task's inputs; raised when a change of code changes numbers, so that old results never pass as new."""


class Task(Protocol):
    """What `ensure` needs to know; implementations are frozen dataclasses of plain values, so that they can travel."""

    @property
    def kind(self) -> str:
        """Kind of the result, the folder it is committed under."""

    @property
    def title(self) -> str:
        """What a person reads while it runs."""

    def spec(self) -> dict[str, Any]:
        """All inputs in plain JSON words; equal specs are the same task."""

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Compute the result into `attempt.folder` and its short form into `attempt.summary`."""


def ensure(run: Run, task: Task, progress: Progress) -> Commit:
    """The result of a task: found if it is finished, else computed and committed.

    Raises:
        RlxaiError: an input is unusable or damaged; nothing is left behind.
    """
    found = run.find(task.kind, task.spec())
    if found is None:
        with run.attempt(task.kind, task.spec()) as attempt:
            task.execute(run, attempt, progress)
        found = run.find(task.kind, task.spec())
        assert found is not None
    return found
