"""A pool of supervised worker processes: what breaks one of them, the other tasks do not notice."""

from __future__ import annotations

import os
import time
from collections.abc import Container, Sequence
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline.engines.engine import Report, Serial
from rlxai.pipeline.engines.interrupts import interrupts_held
from rlxai.pipeline.engines.sweep import STALL_TIMEOUT, Sweep, checked_stall_timeout, stalled
from rlxai.pipeline.engines.unit import Unit
from rlxai.pipeline.engines.worker_process import Worker, WorkerDied
from rlxai.pipeline.task import Task
from rlxai.store import Commit, Run

_GRACE_SECONDS = 0.5
"""For stopped workers, to remove what they have begun."""
_TICK_SECONDS = 1.0
"""Between two looks at who is silent; no single pause counts as more, in which the whole machine may have stood."""


class Pool:
    """Several tasks at a time, each in a process of its own.

    A call starts its workers (seconds each, for torch) and stops them at its end; inside `with Pool() as engine:` they
    stay for the next calls of the same thread. Tasks are pickled to the workers, so their classes must be importable.

    Args:
        workers: processes at most, by default the CPUs that this process may use.
        stall_timeout: seconds without progress after which a task's worker is stopped, as if it had died; 0: never.

    Raises:
        InvalidValue: fewer than one worker is asked for, or a negative time.
    """

    def __init__(self, workers: int | None = None, *, stall_timeout: float = STALL_TIMEOUT) -> None:
        self._limit = usable_cpus() if workers is None else workers
        if self._limit < 1:
            raise InvalidValue(f"workers must be at least 1; met {workers}")
        self._stall_timeout = checked_stall_timeout(stall_timeout)
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

        A single task is done in this process where no worker is there yet and nobody has died on it before. At the
        first error no task is begun any more, and those at hand are given up.

        Raises:
            RlxaiError: an input of a task is unusable or damaged; what is finished by then stays.
            RunError: a task ended its worker three times (all others are finished), or no worker can be started.
        """
        sweep = Sweep(run, tasks, report)
        self._stop([worker for worker in self._workers if worker.process.poll() is not None])
        if not self._workers and sweep.lone():
            return Serial().run(run, tasks, report)
        sweep.share_out(self._limit)
        busy: dict[Worker, Unit] = {}  # the longest at work first
        try:
            while sweep.waiting or busy:
                while sweep.waiting and (free := self._free(busy)):
                    busy[free] = sweep.waiting.popleft()
                    free.begin(run.address, busy[free])
                sweep.under_way((unit, worker.fraction) for worker, unit in busy.items())
                self._listen(run, sweep, busy)
        finally:
            self._stop(list(busy if self._kept else self._workers))
        return sweep.results()

    def _listen(self, run: Run, sweep: Sweep, busy: dict[Worker, Unit]) -> None:
        """Wait until some of the workers have said something, died or been silent for too long."""
        by_connection = {worker.connection: worker for worker in busy}
        start = time.monotonic()
        ready = {*wait(by_connection, _TICK_SECONDS if self._stall_timeout else None)}
        waited = min(time.monotonic() - start, _TICK_SECONDS)
        for connection, worker in by_connection.items():
            if connection not in ready:
                worker.silent += waited
                if 0 < self._stall_timeout < worker.silent:
                    self._stop([worker])
                    sweep.died(busy.pop(worker), stalled(self._stall_timeout))
                continue
            try:
                finished = worker.listen()
            except WorkerDied:
                self._stop([worker])
                sweep.died(busy.pop(worker), worker.fate)
                continue
            except Exception:
                del busy[worker]  # it is fit for the next call
                raise
            if finished:
                sweep.finished(busy.pop(worker).results(run))

    def _free(self, busy: Container[Worker]) -> Worker | None:
        """A worker without a task, started if need be and allowed."""
        for worker in self._workers:
            if worker not in busy:
                return worker
        if len(self._workers) >= self._limit:
            return None
        with interrupts_held():
            try:
                self._workers.append(Worker())
            except OSError as error:
                raise RunError(f"no worker process can be started ({error.strerror})") from None
        return self._workers[-1]

    def _stop(self, workers: Sequence[Worker]) -> None:
        with interrupts_held():
            for worker in workers:
                worker.hang_up()
            deadline = time.monotonic() + _GRACE_SECONDS
            for worker in workers:
                worker.end(patience=max(0.0, deadline - time.monotonic()))
                self._workers.remove(worker)


def usable_cpus() -> int:
    """CPUs that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
