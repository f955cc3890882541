"""The account of a list of tasks that workers do: what is found, waits, is done, or has ended its worker how often."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline.engines.engine import Report
from rlxai.pipeline.engines.unit import Unit, key, units
from rlxai.pipeline.task import Task
from rlxai.store import Commit, Run

TRIES = 3
"""Workers that a task may end before it is given up."""
STALL_TIMEOUT = 3600.0
"""Seconds without a word about its progress after which a task's worker is taken for hung; no task is silent so long
on a machine that works."""


class Sweep:
    """Takes down what becomes of each unit; finished tasks are found at once and do not wait.

    Attributes:
        waiting: units to be begun, the next one first.
    """

    def __init__(self, run: Run, tasks: Sequence[Task], report: Report) -> None:
        self._run = run
        self._report = report
        self._keys = [key(task) for task in tasks]
        self._missing = dict(zip(self._keys, tasks, strict=True))
        self._total = len(self._missing)
        self._results: dict[str, Commit] = {}
        self._tries: Counter[str] = Counter()
        self._lost: list[str] = []
        self.waiting: deque[Unit] = deque()
        for name, task in list(self._missing.items()):
            if found := run.find(task.kind, task.spec()):
                self._results[name] = found
                del self._missing[name]
                report(task.title, len(self._results), self._total)

    def __len__(self) -> int:
        """Tasks that were not finished when the sweep began."""
        return len(self._missing)

    def lone(self) -> bool:
        """Whether a single task is missing that was not begun before; a killed process may have left it."""
        return len(self) == 1 and not any(self._run.begun(task.kind, task.spec()) for task in self._missing.values())

    def share_out(self, workers: int) -> None:
        """Let what is missing wait, in units that keep so many workers busy."""
        self.waiting.extend(units(self._missing.values(), workers))

    def under_way(self, at_work: Iterable[tuple[Unit, float]]) -> None:
        """Report the units at work with the fraction of each that is done, the longest at work first."""
        begun = [*at_work]
        if begun:
            done = sum(len(unit) * fraction for unit, fraction in begun)
            self._report(begun[0][0].title, len(self._results) + done, self._total)

    def finished(self, results: dict[str, Commit]) -> None:
        """Take down results."""
        self._results |= results

    def died(self, unit: Unit, fate: str) -> None:
        """Let a unit whose worker is gone wait again, task by task, or give it up."""
        if len(unit) > 1:
            self.waiting += unit.split()  # so that the others do not share the fate of one
            return
        (name,) = unit.keys
        self._tries[name] += 1
        if self._tries[name] < TRIES:
            self.waiting.append(unit)  # last: if memory was short, it is less so with fewer tasks beside it
        else:
            self._lost.append(f"{unit.title} ended its worker process {TRIES} times ({fate})")

    def results(self) -> list[Commit]:
        """The results in the order of the tasks.

        Raises:
            RunError: a task was given up; all others are finished.
        """
        if self._lost:
            raise RunError(f"{self._run}: {'; '.join(self._lost)}")
        if self._missing:
            self._report([*self._missing.values()][-1].title, self._total, self._total)
        return [self._results[name] for name in self._keys]


def checked_stall_timeout(seconds: float) -> float:
    """The number itself.

    Raises:
        InvalidValue: it is negative or no number.
    """
    if not 0 <= seconds < float("inf"):
        raise InvalidValue(f"the stall timeout must be 0 (never) or more seconds; met {seconds:g}")
    return seconds


def stalled(seconds: float) -> str:
    """The fate of a worker that was taken for hung, in words."""
    return f"no progress for {seconds:g} s"
