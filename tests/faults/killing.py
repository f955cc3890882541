"""Verbs as processes of their own, killed with all their workers at a random moment."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rlxai.errors import RlxaiError
from tests.faults.children import LIMIT_SECONDS, ROOT, Ended, require
from tests.faults.tally import Finding, Tally


class Verb:
    """`rlxai WORDS...`, running in a session of its own."""

    def __init__(self, *words: object, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rlxai", *map(str, words)], cwd=ROOT, text=True, start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def await_change(self, folder: Path) -> None:
        """Return once it has made or removed something in the folder, or has ended; most of a verb is its imports."""
        before = _listing(folder)
        while self.process.poll() is None and _listing(folder) == before:
            time.sleep(0.005)

    def kill_after(self, seconds: float) -> Ended:
        """Kill it and all its workers with signal 9 after so long, if it is still there by then."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
            return self.end()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.end()

    def end(self) -> Ended:
        """Wait for it."""
        _, said = self.process.communicate(timeout=LIMIT_SECONDS)
        return Ended(self.process.returncode, said)


def unbroken(verb: Verb, folder: Path) -> tuple[float, float]:
    """(seconds that it takes, seconds of these from its first change in the folder on).

    Raises:
        RuntimeError: it did not end well.
    """
    start = time.monotonic()
    verb.await_change(folder)
    begun = time.monotonic()
    require(verb.end())
    return time.monotonic() - start, time.monotonic() - begun


@dataclass(frozen=True)
class Killed:
    """Work that is killed again and again until it is done, and then begun anew.

    Args:
        prepare: makes a new folder for the work.
        begin: starts the verb on it.
        after_kill: what is amiss in the folder after a kill; it may keep what it has seen in the given dictionary.
        when_done: what is amiss once the verb has ended well.
        seconds: that the whole takes when nothing kills it; every other moment is drawn from these,
        work_seconds: and every other from these, counted from the first change that the verb makes in the folder.
        most: kills of one piece of work, after which it may finish.
    """

    prepare: Callable[[Path], object]
    begin: Callable[[Path], Verb]
    after_kill: Callable[[Path, dict[str, str]], Iterable[Finding]]
    when_done: Callable[[Path], Iterable[Finding]]
    seconds: float
    work_seconds: float
    most: int = 25

    def campaign(self, row: Tally, kills: int, scratch: Path, lanes: int = 1) -> None:
        """So many kills, in several lanes at a time; lane and number of a kill and its moment say how to repeat it."""
        shares = [kills // lanes + (lane < kills % lanes) for lane in range(lanes)]
        with ThreadPoolExecutor(lanes) as threads:
            for part in threads.map(self._lane, range(lanes), shares, [row.seed] * lanes, [scratch] * lanes):
                row.merge(asdict(part))

    def _lane(self, lane: int, kills: int, seed: int, scratch: Path) -> Tally:
        row, dice = Tally("", seed), random.Random(f"{seed}/{lane}")
        while row.tries < kills:
            folder = scratch / f"lane{lane}-{row.notes.get('pieces of work', 0)}"
            self.prepare(folder)
            self._until_done(folder, row, dice, kills - row.tries)
            row.note("pieces of work")
            shutil.rmtree(folder)
        return row

    def _until_done(self, folder: Path, row: Tally, dice: random.Random, kills: int) -> None:
        seen: dict[str, str] = {}
        left = min(kills, self.most)
        while True:
            at_work = left % 2 == 0
            at = dice.uniform(0, self.work_seconds if at_work else self.seconds) if left else LIMIT_SECONDS
            verb = self.begin(folder)
            if at_work:
                verb.await_change(folder)
            ended = verb.kill_after(at)
            if not ended.killed:
                break
            left -= 1
            moment = f"{at:.3f} s after {'its first change' if at_work else 'the start'}"
            row.add(f"{folder.name}, killed {moment}", self.after_kill(folder, seen))
        row.judge(f"{folder.name}, finished", self._at_the_end(folder, ended))

    def _at_the_end(self, folder: Path, ended: Ended) -> Iterator[Finding]:
        if ended.status:
            yield Finding("lost", f"cannot be finished: {ended.said[-600:]}")
            return
        try:
            yield from self.when_done(folder)
        except RlxaiError as error:
            yield Finding("lost", str(error))


def _listing(folder: Path) -> set[str]:
    return {str(Path(place, name)) for place, folders, files in os.walk(folder) for name in (*folders, *files)}
