"""A pool of supervised worker processes: what breaks one of them, the other tasks do not notice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline.engine import Report, Serial
from rlxai.pipeline.task import Task
from rlxai.pipeline.unit import Unit, key, units
from rlxai.pipeline.worker_process import Worker, WorkerDied
from rlxai.store import Commit, Run

_TRIES = 3
"""Workers that a task may end before it is given up."""
_GRACE_SECONDS = 0.5
"""For stopped workers, to remove what they have begun."""


class Pool:
    """Several tasks at a time, each in a process of its own.

    A call starts its workers (seconds each, for torch) and stops them at its end; inside `with Pool() as engine:` they
    stay for the next calls of the same thread. Tasks are pickled to the workers, so their classes must be importable.

    Args:
        workers: processes at most, by default the CPUs that this process may use.

    Raises:
        InvalidValue: fewer than one worker is asked for.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._limit = usable_cpus() if workers is None else workers
        if self._limit < 1:
            raise InvalidValue(f"workers must be at least 1; met {workers}")
        self._workers: list[Worker] = []
        self._kept = False

    def __enter__(self) -> Self:
        self._kept = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept = False
        self._stop(list(self._workers))

    def run(self, run: Run, tasks: Sequence[Task], report: Report) -> list[Commit]:
        """Finish every task and return the results in the order of the tasks.

        A single unfinished task is done in this process. At the first error no task is begun any more, and those at
        hand are given up.

        Raises:
            RlxaiError: an input of a task is unusable or damaged; what is finished by then stays.
            RunError: a task ended its worker three times (all others are finished), or no worker can be started.
        """
        keys = [key(task) for task in tasks]
        missing = dict(zip(keys, tasks, strict=True))
        total = len(missing)
        results: dict[str, Commit] = {}
        for name, task in list(missing.items()):
            if found := run.find(task.kind, task.spec()):
                results[name] = found
                del missing[name]
                report(task.title, len(results), total)
        before = len(results)

        def onwards(title: str, done: float, _missing: float) -> None:
            report(title, before + done, total)

        shares = units(missing.values(), self._limit)
        if len(shares) > 1:
            results |= self._share_out(run, shares, onwards)
        else:
            results |= zip(missing, Serial().run(run, list(missing.values()), onwards), strict=True)
        return [results[name] for name in keys]

    def _share_out(self, run: Run, shares: Sequence[Unit], report: Report) -> dict[str, Commit]:
        for worker in [worker for worker in self._workers if worker.process.poll() is not None]:
            self._stop([worker])
        busy: dict[Worker, Unit] = {}  # the longest at work first
        try:
            return self._finish(run, shares, report, busy)
        finally:
            self._stop(list(busy if self._kept else self._workers))

    def _finish(self, run: Run, shares: Sequence[Unit], report: Report, busy: dict[Worker, Unit]) -> dict[str, Commit]:
        waiting = deque(shares)
        total = sum(map(len, shares))
        tries: Counter[Unit] = Counter()
        results: dict[str, Commit] = {}
        lost: list[str] = []
        title = ""
        while waiting or busy:
            while waiting and (free := self._free(busy)):
                busy[free] = waiting.popleft()
                free.begin(run.path, busy[free])
            title = next(iter(busy.values())).title
            under_way = sum(len(unit) * worker.fraction for worker, unit in busy.items())
            report(title, len(results) + under_way, total)
            for worker in _speaking(busy):
                try:
                    finished = worker.listen()
                except WorkerDied:
                    unit = busy.pop(worker)
                    self._stop([worker])
                    tries[unit] += 1
                    if len(unit) > 1:
                        waiting += unit.split()  # so that the others do not share the fate of one
                    elif tries[unit] < _TRIES:
                        waiting.append(unit)  # last: if memory was short, it is less so with fewer tasks beside it
                    else:
                        lost.append(f"{unit.title} ended its worker process {_TRIES} times ({worker.fate})")
                    continue
                except Exception:
                    del busy[worker]  # it is fit for the next call
                    raise
                if finished:
                    unit = busy.pop(worker)
                    kinds = zip(unit.keys, unit.tasks, strict=True)
                    results |= {name: run.commit(task.kind, name) for name, task in kinds}
        if lost:
            raise RunError(f"{run.path}: {'; '.join(lost)}")
        report(title, total, total)
        return results

    def _free(self, busy: Container[Worker]) -> Worker | None:
        """A worker without a task, started if need be and allowed."""
        for worker in self._workers:
            if worker not in busy:
                return worker
        if len(self._workers) >= self._limit:
            return None
        with _interrupts_held():
            try:
                self._workers.append(Worker())
            except OSError as error:
                raise RunError(f"no worker process can be started ({error.strerror})") from None
        return self._workers[-1]

    def _stop(self, workers: Sequence[Worker]) -> None:
        with _interrupts_held():
            for worker in workers:
                worker.hang_up()
            deadline = time.monotonic() + _GRACE_SECONDS
            for worker in workers:
                worker.end(patience=max(0.0, deadline - time.monotonic()))
                self._workers.remove(worker)


def usable_cpus() -> int:
    """CPUs that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _speaking(workers: Iterable[Worker]) -> list[Worker]:
    """Wait until some of the workers have said something, or died."""
    by_connection = {worker.connection: worker for worker in workers}
    ready = set(wait(by_connection))
    return [worker for connection, worker in by_connection.items() if connection in ready]


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the end of the block, so that no process is forgotten; processes started inside ignore it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
