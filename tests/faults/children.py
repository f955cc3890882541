"""Work in processes of its own, without paying for the imports again each time.

A campaign starts one process, `apart`, which imports everything; that one forks a child for each piece of work. It has
no thread, and opens no zarr array, so that what it forks is whole.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.tally import Tally

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 600
"""A child that is still there then hangs, and that is a finding too."""
HUNG = -1000
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    status: int
    """Exit status; negative: the signal."""
    said: str
    """Its standard error."""

    @property
    def killed(self) -> bool:
        """Whether by signal 9."""
        return self.status == -signal.SIGKILL


def apart(row: Tally, module: str, environment: dict[str, str] | None = None, **arguments: Any) -> None:
    """Run `python -m MODULE ARGUMENTS` and add what it counted to the row; that module calls `answer`."""
    done = subprocess.run(
        [sys.executable, "-m", module, json.dumps({"seed": row.seed, **arguments})],
        cwd=ROOT, env={**os.environ, **_ENVIRONMENT, **(environment or {})},
        text=True, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    row.merge(json.loads(done.stdout.splitlines()[-1]))


def answer(count: Callable[..., Tally]) -> None:
    """The other end of `apart`."""
    print(json.dumps(asdict(count(**json.loads(sys.argv[1])))))


class Child:
    """A fork of this process that does `action`, whose exit status it returns; 70 where that raised."""

    def __init__(self, action: Callable[[], int]) -> None:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115
        sys.stdout.flush()
        self._process = os.fork()
        if self._process == 0:
            _do(action, self._said.fileno())
        self.status: int | None = None

    def kill(self) -> None:
        """By signal 9."""
        if not self.ended():
            os.kill(self._process, signal.SIGKILL)

    def ended(self) -> bool:
        """Whether it has ended; its status is known then."""
        if self.status is None:
            done, status = os.waitpid(self._process, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if done else None
        return self.status is not None

    def end(self, patience: float = LIMIT_SECONDS) -> Ended:
        """Wait for it, but not for ever."""
        deadline = time.monotonic() + patience
        while not self.ended() and time.monotonic() < deadline:
            time.sleep(0.002)
        if hung := not self.ended():
            self._tell_where()
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
        self._said.seek(0)
        said = self._said.read()
        self._said.close()
        return Ended(HUNG if hung or self.status is None else self.status, said)

    def _tell_where(self) -> None:
        """What the kernel says of a child that hangs, and where its threads are, at the end of its standard error."""
        with suppress(OSError):
            status = Path(f"/proc/{self._process}/status").read_text(encoding="utf-8")
            state = next(line for line in status.splitlines() if line.startswith("State"))
            os.write(self._said.fileno(), f"hangs; {state}\n".encode())  # the child goes on writing after it
        os.kill(self._process, signal.SIGUSR1)
        time.sleep(1)


def forked(action: Callable[[], int]) -> Ended:
    """Do `action` in a child and wait for it."""
    return Child(action).end()


def require(ended: Ended) -> None:
    """What a campaign needs before there is any fault.

    Raises:
        RuntimeError: it did not end well.
    """
    if ended.status:
        raise RuntimeError(f"failed without any fault: status {ended.status}: {ended.said}")


def _do(action: Callable[[], int], said: int) -> None:
    status = 70
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said, 2)
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
        status = int(action() or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
