"""Tasks on many machines: a Ray cluster does them, and the run, which all nodes see, takes the results."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from types import TracebackType
from typing import Any, Self

from rlxai.errors import InvalidValue
from rlxai.pipeline.engines.engine import Report
from rlxai.pipeline.engines.ray_cluster import connected, slots
from rlxai.pipeline.engines.ray_task import make_board
from rlxai.pipeline.engines.ray_work import Work
from rlxai.pipeline.engines.sweep import STALL_TIMEOUT, Sweep, checked_stall_timeout
from rlxai.pipeline.task import Task
from rlxai.store import Commit, Run

_IN_FLIGHT = 500
"""Units that Ray knows of at a time; it adds nodes, where it may, for those that wait."""


class Ray:
    """Tasks as Ray tasks, in a cluster or in a Ray of its own on this machine.

    A call connects and disconnects; inside `with Ray() as engine:` the connection stays for the next calls.

    Args:
        address: HOST:PORT of the cluster's head, or `auto`; by default a Ray of its own is started.
        workers: tasks at a time at most; by default as many as there are CPUs.
        gpus_per_task: share of a GPU that each task reserves, such as 0.25.
        stall_timeout: seconds without progress after which a task is stopped, as if its worker had died; 0: never.

    Raises:
        InvalidValue: a number is outside its domain.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        workers: int | None = None,
        gpus_per_task: float = 0.0,
        stall_timeout: float = STALL_TIMEOUT,
    ) -> None:
        if workers is not None and workers < 1:
            raise InvalidValue(f"workers must be at least 1; met {workers}")
        if not 0 <= gpus_per_task <= 1:
            raise InvalidValue(f"GPUs per task must be from 0 to 1; met {gpus_per_task:g}")
        self._address = address
        self._limit = workers
        self._gpus = gpus_per_task
        self._stall_timeout = checked_stall_timeout(stall_timeout)
        self._kept: ExitStack | None = None
        self._ray: Any = None
        self._board: Any = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._ray = stack.enter_context(connected(self._address, self._limit))
            self._board = make_board(self._ray)
            self._kept = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kept, self._kept, self._board = self._kept, None, None
        if kept:
            kept.close()

    def run(self, run: Run, tasks: Sequence[Task], report: Report) -> list[Commit]:
        """Finish every task and return the results in the order of the tasks.

        At the first error no task is begun any more, and those at hand are given up.

        Raises:
            RlxaiError: an input of a task is unusable or damaged; what is finished by then stays.
            RunError: a task ended its worker three times (all others are finished), or the cluster cannot do tasks.
        """
        sweep = Sweep(run, tasks, report)
        if len(sweep):
            with nullcontext() if self._kept else self:
                self._finish(run, sweep)
        return sweep.results()

    def _finish(self, run: Run, sweep: Sweep) -> None:
        limit = self._limit or _IN_FLIGHT
        sweep.share_out(min(slots(self._ray, self._gpus), limit))
        work = Work(self._ray, self._board, run, sweep, gpus_per_task=self._gpus, stall_timeout=self._stall_timeout)
        try:
            while sweep.waiting or len(work):
                while sweep.waiting and len(work) < limit:
                    work.begin(sweep.waiting.popleft())
                work.listen()
        finally:
            work.give_up()
