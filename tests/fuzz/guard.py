"""Watches a process that opens hostile input: what it writes, runs and connects to, its time and its memory."""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CANARY = "canary"
"""Name of what planted code would make, anywhere."""
MB = 1024**2
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_RUNS = {
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "socket.connect",
    "socket.getaddrinfo", "pickle.find_class", "ctypes.dlopen", "pty.spawn", "code.__new__",
}  # fmt: skip
_MOVES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.truncate"}


class Overtime(BaseException):
    """The time of one input is over. No `Exception`: whatever decodes the input would swallow it."""


class Guard:
    """An audit hook for the whole process; `events` collects what no reading of a file should do.

    Args:
        inside: the only folder that may be written to.
    """

    def __init__(self, inside: Path) -> None:
        self.inside = str(inside.resolve())
        self.events: list[str] = []
        self.armed = False
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.armed:
            return
        if event == "ctypes.dlopen" and str(arguments[0]).startswith(sys.prefix + os.sep):
            return  # a library of an installed package, imported late
        if event in _RUNS:
            self.events.append(f"{event} {str(arguments)[:200]}")
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            self._place(event, arguments[0])
        elif event in _MOVES:
            self._place(event, arguments[0])
            if event in ("os.rename", "os.link"):
                self._place(event, arguments[1])

    def _place(self, event: str, path: Any) -> None:
        if isinstance(path, int) or str(path) == os.devnull:
            return
        name = os.fsdecode(path)
        # The place itself may be a link out of the folder; its last part is not followed where that is what is made.
        place = os.path.realpath(name)
        if event != "open":
            place = f"{os.path.realpath(Path(name).parent)}{os.sep}{Path(name).name}"
        if not (place + os.sep).startswith(self.inside + os.sep):
            self.events.append(f"{event} {name[:200]}")

    @contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Watch a block, and end it by `Overtime` after some seconds."""
        self.events.clear()
        signal.signal(signal.SIGALRM, _overtime)
        self.armed = True
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.armed = False


def _overtime(_signal: int, _frame: Any) -> None:
    raise Overtime


class Peak:
    """Most memory held since it was made, above what was held then, in bytes; 0 where the system does not tell."""

    def __init__(self) -> None:
        try:
            Path("/proc/self/clear_refs").write_text("5")
            self._start = _status("VmRSS")
        except OSError:
            self._start = 0

    def grown(self) -> int:
        """Bytes."""
        return max(0, _status("VmHWM") - self._start) if self._start else 0


def limit_memory(more: int) -> None:
    """Let this process map so many bytes more than it has; beyond that it gets MemoryError instead of the machine."""
    top = _status("VmSize") + more
    resource.setrlimit(resource.RLIMIT_AS, (top, top))


def cpu() -> float:
    """CPU seconds of this process."""
    return time.process_time()


def _status(name: str) -> int:
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
