"""Progress on standard error: a bar with the time left on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_QUIET_SECONDS = 2.0
"""Work shorter than this shows nothing."""
_LINE_EVERY_SECONDS = 10.0


class Meter:
    """What a long-running verb reports to; `report(title, done, total)` may be called as often as it likes."""

    def report(self, title: str, done: float, total: float) -> None:
        """Say what is being done and how much of it is finished, in any unit."""


@contextmanager
def meter(verb: str) -> Iterator[Meter]:
    """A meter for one verb, which clears itself away at the end."""
    if sys.stderr.isatty():
        with _bar() as bar:
            yield _Bar(bar, verb)
    else:
        yield _Lines(verb)


class _Bar(Meter):
    def __init__(self, bar: Progress, verb: str) -> None:
        self._bar = bar
        self._task = bar.add_task(verb, total=None, visible=False)
        self._verb = verb
        self._start = time.monotonic()

    def report(self, title: str, done: float, total: float) -> None:
        visible = time.monotonic() - self._start > _QUIET_SECONDS
        self._bar.update(self._task, description=f"{self._verb}: {title}", completed=done, total=total, visible=visible)


class _Lines(Meter):
    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._next = time.monotonic() + _QUIET_SECONDS
        self._from = (0.0, 0.0, 0.0)
        """Total, part done and time at the first report of the work at hand: what was found done costs no time."""

    def report(self, title: str, done: float, total: float) -> None:
        now = time.monotonic()
        first_total, first_done, since = self._from
        if total != first_total or done < first_done:
            self._from = first_total, first_done, since = total, done, now
        if now < self._next or not total:
            return
        self._next = now + _LINE_EVERY_SECONDS
        left = ""
        if done - first_done > 0.02 * total and now - since > 1:  # a guess from less would be wild
            left = f", about {(now - since) * (total - done) / (done - first_done):.0f} s left"
        print(f"{self._verb}: {100 * done / total:.0f} % ({title}{left})", file=sys.stderr, flush=True)


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
