"""Verbs of the command line started from a page: one at a time for each run, in a process of its own.

A job lives as long as the dashboard, whatever page is looked at, and writes only what the verb itself would write;
stopped or killed, it can be started again and goes on where it was. Arguments are fixed lists; there is no shell.
"""

from __future__ import annotations

import atexit
import re
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Lock, Thread

_PROGRESS = re.compile(r"^[a-z]+: (\d{1,3}) % \((.*)\)$")
_TAIL = 12
_PATIENCE_SECONDS = 5.0


class Job:
    """One verb at work, or what became of it."""

    def __init__(self, words: Sequence[str]) -> None:
        """Start `python -m rlxai` with these words."""
        self.words = tuple(words)
        self.percent = 0
        self.doing = ""
        self.stopped = False
        self._tail: deque[str] = deque(maxlen=_TAIL)
        # A session of its own: Ctrl-C in the terminal is for the dashboard, which then ends its jobs in order.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rlxai", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._process.poll() is None

    @property
    def failed(self) -> str | None:
        """The last line of a verb that failed; None for one that runs, was stopped, or did its work."""
        if self.running or self.stopped or self._process.returncode == 0:
            return None
        self._reader.join(_PATIENCE_SECONDS)  # the last line may still be on its way
        return self._tail[-1] if self._tail else f"ended with status {self._process.returncode}"

    def stop(self) -> None:
        """End it as Ctrl-C would; after some seconds, by force."""
        self.stopped = True
        if not self.running:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._take(line.strip())

    def _take(self, line: str) -> None:
        if found := progress_of(line):
            self.percent, self.doing = found
        elif line:
            self._tail.append(line)


def progress_of(line: str) -> tuple[int, str] | None:
    """Per cent and what is being done, from a line of `rlxai.progress`; None for any other line."""
    found = _PROGRESS.match(line)
    return (min(100, int(found[1])), found[2]) if found else None


_jobs: dict[Path, Job] = {}
_lock = Lock()


def start(run: Path, words: Sequence[str]) -> Job:
    """Start a verb on a run, or give the job that is at work on it already.

    Args:
        run: folder of the run; two pages, or two browsers, share its job.
        words: verb and arguments.
    """
    with _lock:
        job = _jobs.get(run.resolve())
        if job is None or not job.running:
            job = _jobs[run.resolve()] = Job(words)
        return job


def job_of(run: Path) -> Job | None:
    """The last job of a run."""
    return _jobs.get(run.resolve())


def forget(run: Path) -> None:
    """Leave a finished job behind."""
    with _lock:
        job = _jobs.get(run.resolve())
        if job is not None and not job.running:
            del _jobs[run.resolve()]


@atexit.register
def stop_all() -> None:
    """End what is still at work."""
    for job in list(_jobs.values()):
        job.stop()
