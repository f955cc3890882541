"""Units in the hands of Ray: begun, listened to, taken down, given up."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from rlxai.errors import RunError
from rlxai.pipeline.engines.interrupts import interrupts_held
from rlxai.pipeline.engines.ray_cluster import slots
from rlxai.pipeline.engines.ray_task import make_task, versions
from rlxai.pipeline.engines.sweep import Sweep, stalled
from rlxai.pipeline.engines.unit import Unit
from rlxai.pipeline.engines.worker_process import InWorker
from rlxai.store import Commit, Run

_TICK_SECONDS = 0.25
_MOST_SECONDS = 1.0
"""Of silence that a single pause counts as; in a longer one this machine may have stood."""
_GRACE_SECONDS = 0.4
"""For tasks given up, to remove what they have begun; then for the others to be gone."""
_NOBODY_SECONDS = 60.0
"""Without a task at work, after which the cluster is asked whether it can do any."""
SEEN_WITHIN_SECONDS = 60.0
"""A result that another machine wrote may show in a shared folder that much later."""
_FATES = {
    "WorkerCrashedError": "the process died",
    "NodeDiedError": "its node died",
    "OutOfMemoryError": "memory ran out on its node",
}


@dataclass
class _Begun:
    unit: Unit
    name: str
    fraction: float = 0.0
    told: int = 0
    """How often it was heard of; 0 while it waits for a CPU."""
    silent: float = 0.0
    """Seconds since."""


class Work:
    """The units of one sweep that Ray has been given and has not finished.

    Args:
        ray: the module, connected.
        board: what tasks tell their progress to, see `make_board`.
        run: takes the results.
        sweep: takes down what becomes of each unit.
        gpus_per_task: share of a GPU that each reserves.
        stall_timeout: seconds without progress after which a task is stopped; 0: never.
    """

    def __init__(
        self, ray: Any, board: Any, run: Run, sweep: Sweep, *, gpus_per_task: float, stall_timeout: float
    ) -> None:
        self._ray, self._board, self._run, self._sweep = ray, board, run, sweep
        self._gpus, self._stall_timeout = gpus_per_task, stall_timeout
        self._do, self._versions = make_task(ray, gpus_per_task), versions()
        self._name, self._numbers = uuid.uuid4().hex, count()
        self._begun: dict[Any, _Begun] = {}
        """By what Ray promises, the longest at work first."""
        self._asked: Any = None
        self._heard = time.monotonic()
        self._idle = 0.0

    def __len__(self) -> int:
        """Units begun and not finished."""
        return len(self._begun)

    def begin(self, unit: Unit) -> None:
        """Hand a unit to Ray, which begins it when there is room.

        Raises:
            InvalidValue: a task cannot be pickled.
        """
        name = f"{self._name}/{next(self._numbers)}"
        message = unit.packed(self._run.address)
        promise = self._do.remote(message, self._run.address, self._versions, self._board, name)
        self._begun[promise] = _Begun(unit, name)

    def listen(self) -> None:
        """Wait a moment for units to finish, fail or make progress.

        Raises:
            RlxaiError: an input of a task is unusable or damaged.
            RunError: the nodes cannot do tasks of this run.
        """
        promises = list(self._begun)
        ready, _ = self._ray.wait(promises, timeout=_TICK_SECONDS)
        if ready:
            ready, _ = self._ray.wait(promises, num_returns=len(promises), timeout=0)
        for promise in ready:
            self._take(promise)
        self._hear()
        self._sweep.under_way((one.unit, one.fraction) for one in self._begun.values() if one.told)

    def give_up(self) -> None:
        """Stop all units at hand; on return none is at work, unless its process does not answer Ray."""
        begun, self._begun = self._begun, {}
        if not begun:
            return
        with interrupts_held(), suppress(self._ray.exceptions.RayError, ConnectionError):
            at_work = {one.name for one in begun.values() if one.told}
            with suppress(self._ray.exceptions.RayError):
                at_work = {*self._ray.get(self._board.dismiss.remote(self._name), timeout=_GRACE_SECONDS)}
            for promise in [promise for promise, one in begun.items() if one.name not in at_work]:
                self._ray.cancel(promise)
            left = [promise for promise, one in begun.items() if one.name in at_work]
            for kill in (True, False):
                if left:
                    _, left = self._ray.wait(left, num_returns=len(left), timeout=_GRACE_SECONDS)
                for promise in left if kill else ():
                    self._ray.cancel(promise, force=True)

    def _take(self, promise: Any) -> None:
        unit = self._begun.pop(promise).unit
        try:
            failure = self._ray.get(promise)
        except self._ray.exceptions.RayError as error:
            self._sweep.died(unit, _FATES.get(type(error).__name__) or str(error).strip().partition("\n")[0])
            return
        if isinstance(failure, str):
            raise RunError(failure)
        if failure:
            cause, trace = failure
            raise cause from InWorker(trace)
        self._sweep.finished(self._results(unit))

    def _results(self, unit: Unit) -> dict[str, Commit]:
        deadline = time.monotonic() + SEEN_WITHIN_SECONDS
        while True:
            try:
                return unit.results(self._run)
            except RunError as error:
                if time.monotonic() > deadline:
                    raise RunError(f"{error}, though a node has finished it: do all nodes see the same run?") from None
            time.sleep(_TICK_SECONDS)

    def _hear(self) -> None:
        """Take down how far the units are, and stop those that are silent for too long."""
        now = time.monotonic()
        if now - self._heard < _TICK_SECONDS:
            return
        if self._asked is None:
            self._asked = self._board.read.remote([one.name for one in self._begun.values()])
        if not self._ray.wait([self._asked], timeout=0)[0]:
            return
        asked, self._asked = self._asked, None
        passed, self._heard = min(now - self._heard, _MOST_SECONDS), now
        try:
            told = self._ray.get(asked)
        except self._ray.exceptions.RayError:  # the sweep goes on without being told
            return
        self._idle = 0.0 if told else self._idle + passed
        if self._idle > _NOBODY_SECONDS:
            slots(self._ray, self._gpus)
            self._idle = 0.0
        for promise, one in list(self._begun.items()):
            fraction, count = told.get(one.name, (0.0, 0))
            one.silent = 0.0 if count != one.told or not count else one.silent + passed
            one.fraction, one.told = fraction, count
            if 0 < self._stall_timeout < one.silent:
                del self._begun[promise]
                self._ray.cancel(promise, force=True)
                self._sweep.died(one.unit, stalled(self._stall_timeout))
