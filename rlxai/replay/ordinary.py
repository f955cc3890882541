"""Keeping this process at its own scheduling policy.

SVT-AV1, where it may (as root), tries out the kernel's real-time policy on the thread that opens it and leaves it
there; its own threads keep it too, and so does every process that is started later. Such a process is not interrupted:
two that are busy on two cores let no other begin.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """All threads of this process leave the block with the policy that its own thread came with; Linux only."""
    if not _THREADS.is_dir():
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for thread in (int(path.name) for path in _THREADS.iterdir()):
            with suppress(OSError):  # it has ended since
                if os.sched_getscheduler(thread) != policy:
                    os.sched_setscheduler(thread, policy, priority)
