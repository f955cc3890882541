"""Children in which one chosen file call fails, is torn, or is the last.

The calls are counted by `failing_calls.c`, which is compiled when it is needed and loaded before libc. Python's own
files, Arrow's and those of safetensors all pass through it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tests.faults.children import Ended, forked


class Mode(IntEnum):
    """As in failing_calls.c."""

    COUNT = 0
    KILL = 1
    TEAR = 2
    POWER = 3
    ONCE = 4
    FULL = 5


@dataclass(frozen=True)
class Fault:
    """What happens at the call with number `at` (from 1)."""

    mode: Mode
    at: int = 0
    error: int = 0
    reads: bool = False
    """Count opening for reading and reading, instead of what changes files."""

    def __str__(self) -> str:
        what = errno.errorcode[self.error] if self.error else self.mode.name.lower()
        return f"{what} at {'read' if self.reads else 'call'} {self.at}"


@dataclass(frozen=True)
class Outcome(Ended):
    """How a child ended, and the calls counted in it: "number name path"."""

    calls: list[str]


def compiler() -> str | None:
    """A C compiler, if this is a system where the library works."""
    return next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None) if sys.platform == "linux" else None


@contextmanager
def failing_calls() -> Iterator[dict[str, str]]:
    """The environment that loads the library."""
    chosen = compiler()
    assert chosen, "no C compiler"
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "failing_calls.so"
        source = Path(__file__).with_name("failing_calls.c")
        subprocess.run([chosen, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
        yield {"LD_PRELOAD": str(library)}


def meeting(fault: Fault, action: Callable[[], int], folder: Path) -> Outcome:
    """Do `action` in a child, see `forked`, in which calls below `folder` are counted and fail as `fault` says.

    A power cut that no call brings about comes when the action has returned.
    """
    with tempfile.TemporaryFile("w+") as log:

        def armed() -> int:
            arm(folder, fault, log.fileno())
            status = action()
            if fault.mode is Mode.POWER:
                ctypes.CDLL(None).faults_end()
            return status

        ended = forked(armed)
        log.seek(0)
        return Outcome(ended.status, ended.said, log.read().splitlines())


def arm(folder: Path, fault: Fault, log: int = -1) -> None:
    """Let this process meet a fault."""
    root = os.fsencode(folder.resolve())
    library = ctypes.CDLL(None)
    library.faults_arm(root, ctypes.c_long(fault.at), int(fault.mode), fault.error, int(fault.reads), log)
