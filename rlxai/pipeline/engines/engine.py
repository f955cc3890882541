"""Engines: how a list of tasks gets done. The one contract is `run(run, tasks, report) -> results in order`.

Tasks are idempotent and results go through the store, so an engine carries no correctness: whatever it loses is done
again by the next call. Every engine runs torch on one thread, so that all of them give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from rlxai.pipeline.engines.unit import ensure, key, units
from rlxai.pipeline.task import Task
from rlxai.store import Commit, Run
from rlxai.threads import one_thread

Report = Callable[[str, float, float], None]
"""Called with (title of the task at hand, tasks done so far with fractions, tasks in all)."""


def quiet(_title: str, _done: float, _total: float) -> None:
    """A report that nobody reads."""


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
        keys = [key(task) for task in tasks]
        wanted = dict(zip(keys, tasks, strict=True))
        results: dict[str, Commit] = {}
        with one_thread():
            for unit in units(wanted.values()):
                before, title = len(results), unit.title
                report(title, before, len(wanted))

                def within(
                    done: int, total: int, before: int = before, title: str = title, size: int = len(unit)
                ) -> None:
                    report(title, before + size * done / max(total, 1), len(wanted))

                results |= ensure(run, unit, within)
                report(title, len(results), len(wanted))
        return [results[name] for name in keys]
