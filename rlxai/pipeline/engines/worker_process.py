"""Both ends of a worker process: the handle its parent holds, and the program it runs.

The program is run by path, not imported: nothing of the parent's main module is needed or run again, and torch is
loaded when the first task asks for it. Parent and worker talk in pickles through a pipe without a name, which no
stranger can write to. To the worker: `sys.path` once, then (address of the run, unit of work) for each. Back: fractions
done as floats, then None for a finished task or (error, traceback) for a failed one. Results travel through the store.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlxai.pipeline.engines.unit import Unit

_REPORT_EVERY_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
"""One thread each: workers share the CPUs, and the number of threads changes the last bits of results."""


class Worker:
    """A worker process as its parent sees it.

    Start it with SIGINT blocked: the worker inherits that, and Ctrl-C in the terminal is left to the parent.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        self.fraction = 0.0
        """Of the task at hand."""
        self.silent = 0.0
        """Seconds since it said something, as counted by who waits for it."""
        with theirs:
            command = [sys.executable, "-P", __file__, str(theirs.fileno()), str(os.getpid())]
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=os.environ | _ENVIRONMENT
            )
        with suppress(OSError):
            self.connection.send(sys.path)

    def begin(self, address: str, unit: Unit) -> None:
        """Hand over a unit of work; if the worker is dead already, the next `listen` tells.

        Raises:
            InvalidValue: a task cannot be pickled.
        """
        self.fraction = self.silent = 0.0
        message = unit.packed(address)
        with suppress(OSError):
            self.connection.send_bytes(message)

    def listen(self) -> bool:
        """Take one message, waiting for it if need be.

        Returns:
            Whether the task is finished; if not, `fraction` is new.

        Raises:
            WorkerDied: before its task was finished.
            Exception: that of the task, with its class and words, caused by the traceback in the worker.
        """
        self.silent = 0.0
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            raise WorkerDied from None
        if isinstance(message, float):
            self.fraction = message
        elif message is not None:
            error, trace = message
            raise error from InWorker(trace)
        return message is None

    def hang_up(self) -> None:
        """Ask the worker to end: at once if it is idle, else at its next report of progress."""
        self.connection.close()

    def end(self, patience: float) -> None:
        """Wait `patience` seconds for the process to end, then kill it."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def fate(self) -> str:
        """How the process ended, in words."""
        code = self.process.returncode
        return f"exit status {code}" if code >= 0 else f"signal {-code}, {signal.strsignal(-code)}"


class WorkerDied(Exception):
    """A worker process ended with its task unfinished."""


class InWorker(Exception):
    """The traceback of an error, as text from the process where it happened."""

    def __str__(self) -> str:
        return f"in a worker process:\n{self.args[0]}"


def main(descriptor: int, parent: int) -> None:
    """Do tasks until the parent hangs up or dies."""
    _end_with(parent)
    os.set_inheritable(descriptor, False)
    connection: Connection[Any, Any] = Connection(descriptor)
    with suppress(EOFError, OSError, SystemExit):  # the parent has hung up
        sys.path[:] = connection.recv()
        while True:
            message = connection.recv_bytes()
            connection.send(do(message, _progress(connection)))
    sys.stdout.flush()
    os._exit(0)  # everything is on disk; unloading torch would keep the parent waiting


def do(message: bytes, progress: Callable[[int, int], None]) -> tuple[Exception, str] | None:
    """Do a packed unit of work.

    Returns:
        None, or the error that stopped it and its traceback as text.
    """
    try:
        address, unit = pickle.loads(message)

        from rlxai.pipeline.engines.unit import ensure
        from rlxai.store import open_run
        from rlxai.threads import one_thread

        with one_thread():
            ensure(open_run(address), unit, progress)
    except Exception as error:
        return _portable(error), traceback.format_exc()
    return None


def _portable(error: Exception) -> Exception:
    """The error itself if it survives pickling, else its name and words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__qualname__}: {error}")
    return error


def _progress(connection: Connection[Any, Any]) -> Callable[[int, int], None]:
    due = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal due
        now = time.monotonic()
        if now < due:
            return
        due = now + _REPORT_EVERY_SECONDS
        try:
            connection.send(done / max(total, 1))
        except OSError:
            raise SystemExit from None  # nobody waits for the task; on the way out the store removes the attempt

    return progress


def _end_with(parent: int) -> None:
    """Let the kernel end this process with the thread that started it; elsewhere the closed pipe does, a bit later."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
    if os.getppid() != parent:  # it died before the kernel knew
        raise SystemExit


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
