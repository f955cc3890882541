"""A unit of work: one task, or several that are done together because they share part of the work."""

from __future__ import annotations

import pickle
from collections.abc import Hashable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from rlxai.errors import InvalidValue
from rlxai.pipeline.task import Progress, SharingTask, Task
from rlxai.store import Commit, Run, task_id


@dataclass(frozen=True, eq=False)
class Unit:
    """Tasks that one worker does in one go; more than one only if they are `SharingTask`s that share the same."""

    tasks: tuple[Task, ...]

    def __len__(self) -> int:
        return len(self.tasks)

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        more = f" and {len(self) - 1} more" if len(self) > 1 else ""
        return f"{self.tasks[0].title}{more}"

    def split(self) -> list[Unit]:
        """Each task alone."""
        return [Unit((task,)) for task in self.tasks]

    @property
    def keys(self) -> list[str]:
        """Names of the tasks, see `key`."""
        return [*map(key, self.tasks)]

    def results(self, run: Run) -> dict[str, Commit]:
        """The results by key, once all tasks are finished.

        Raises:
            RunError: one is not there, or damaged.
        """
        return {name: run.commit(task.kind, name) for task, name in zip(self.tasks, self.keys, strict=True)}

    def packed(self, address: str) -> bytes:
        """The unit and where its run is, as it travels to a worker.

        Raises:
            InvalidValue: a task cannot be pickled.
        """
        try:
            return pickle.dumps((address, self))
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise InvalidValue(f"{self.title} cannot be handed to a worker process ({error})") from None


def key(task: Task) -> str:
    """The name of a task: the hash of all its inputs."""
    return task_id(task.kind, task.spec())


def units(tasks: Iterable[Task], workers: int = 1) -> list[Unit]:
    """Different tasks in units, in the order of the first of each; big units are halved while workers would idle."""
    groups: dict[Hashable, list[Task]] = {}
    for task in tasks:
        groups.setdefault((type(task), task.shares) if isinstance(task, SharingTask) else key(task), []).append(task)
    found = [Unit(tuple(group)) for group in groups.values()]
    while len(found) < workers and (largest := max(found, key=len, default=None)) and len(largest) > 1:
        at, middle = found.index(largest), len(largest) // 2
        found[at : at + 1] = Unit(largest.tasks[:middle]), Unit(largest.tasks[middle:])
    return found


def ensure(run: Run, unit: Unit, progress: Progress) -> dict[str, Commit]:
    """The results of a unit's tasks by key: those finished are found, the others computed and committed.

    Raises:
        RlxaiError: an input is unusable or damaged; nothing is left behind.
    """
    missing = [task for task in unit.tasks if run.find(task.kind, task.spec()) is None]
    with ExitStack() as stack:
        attempts = [stack.enter_context(run.attempt(task.kind, task.spec())) for task in missing]
        if len(missing) == 1:
            missing[0].execute(run, attempts[0], progress)
        elif missing:
            first = missing[0]
            assert isinstance(first, SharingTask)
            first.execute_together(run, missing, attempts, progress)
    return unit.results(run)
