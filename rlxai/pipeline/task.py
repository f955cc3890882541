"""A task: one piece of derived work, named by the hash of its inputs, done at most once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, runtime_checkable

from rlxai.store import Attempt, Run

Progress = Callable[[int, int], None]
"""Called with (done, total) in the unit that the work counts in."""


class Task(Protocol):
    """What engines need to know; implementations are frozen dataclasses of plain values, so that they can travel.

    Each has a version of its code in `spec`, raised when a change of code changes its numbers, so that old results
    never pass as new.
    """

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


@runtime_checkable
class SharingTask(Task, Protocol):
    """A task that costs less beside others of its class, because part of the work is the same for all of them."""

    @property
    def shares(self) -> Hashable:
        """Tasks of one class in which this is equal are done together; how many at a time must not change a result."""

    @staticmethod
    def execute_together(run: Run, tasks: Sequence[Any], attempts: Sequence[Attempt], progress: Progress) -> None:
        """Compute the results of several such tasks, each into its own attempt."""
