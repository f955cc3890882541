"""Engines: how a list of tasks gets done. The one contract is `run(run, tasks, report) -> results in order`.

Tasks are idempotent and results go through the store, so an engine carries no correctness: whatever it loses is done
again by the next call. Every engine runs torch on one thread, so that all of them give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import torch

from rlxai.pipeline.task import Task, ensure
from rlxai.store import Commit, Run

Report = Callable[[str, float, float], None]
"""Called with (title of the task at hand, tasks done so far with fractions, tasks in all)."""


class Engine(Protocol):
    """Does tasks, in this process or elsewhere."""

    def run(self, run: Run, tasks: Sequence[Task], report: Report) -> list[Commit]:
        """Finish every task and return the results in the order of the tasks.

        Raises:
            RlxaiError: an input of a task is unusable or damaged; what is finished by then stays.
        """


class Serial:
    """One task after the other in this process."""

    def run(self, run: Run, tasks: Sequence[Task], report: Report) -> list[Commit]:
        """Finish every task and return the results in the order of the tasks."""
        results = []
        with one_thread():
            for index, task in enumerate(tasks):
                report(task.title, index, len(tasks))

                def within(done: int, total: int, index: int = index, title: str = task.title) -> None:
                    report(title, index + done / max(total, 1), len(tasks))

                results.append(ensure(run, task, within))
                report(task.title, index + 1, len(tasks))
        return results


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread for a while.

    Threads split sums, so another number of them rounds some convolutions and products differently: the same task
    would have other bytes on a machine with more CPUs, or beside other workers.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
