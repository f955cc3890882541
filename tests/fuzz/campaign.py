"""The whole campaign: every target in processes of its own, counted."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.model import BAD
from tests.fuzz.registry import NAMES, share

BATCH = 500
STALL = 180.0
"""Seconds without a line, after which a process is taken to hang where Python cannot interrupt it; imports on a
busy machine take a good part of it."""
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONFAULTHANDLER": "0"}


@dataclass
class Counts:
    """What became of the inputs of one target."""

    target: str
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    """CPU time of opening them."""
    slowest: float = 0.0
    faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def tries(self) -> int:
        """All inputs."""
        return self.kinds.total()

    def add(self, outcome: dict[str, Any]) -> None:
        """Count one more."""
        self.kinds[outcome["kind"]] += 1
        self.seconds += outcome["seconds"]
        self.slowest = max(self.slowest, outcome["seconds"])
        if outcome["kind"] in BAD:
            self.faults.append(outcome)


@dataclass(frozen=True)
class Row:
    """A line of the table of campaigns."""

    campaign: str
    tries: int
    lost: int
    wrong: int
    """Accepted with another result than the true one, or planted code ran, or something was written elsewhere."""
    unclear: int
    """Another exception, no single sentence, too much time or memory, or the process died."""
    seconds: float
    failures: list[str]


def rows(count: int = 10_000, seed: int = 0) -> Iterator[Row]:
    """The campaign as lines of the table of `make faults`: one per kind of input."""
    for counts in run(NAMES, count, seed):
        wrong = counts.kinds["wrong"] + counts.kinds["escaped"]
        unclear = sum(counts.kinds[kind] for kind in BAD) - wrong
        said = [f"{counts.target}: {one['kind']} #{one['number']} {one['how']}: {one['said']}" for one in counts.faults]
        yield Row(f"fuzz: {counts.target}", counts.tries, 0, wrong, unclear, counts.seconds, said)


def run(
    names: Sequence[str],
    count: int,
    seed: int,
    failures: Path | None = None,
    report: Callable[[Counts], None] = lambda _: None,
) -> Iterator[Counts]:
    """Counts of each target.

    Args:
        names: of targets.
        count: inputs in all; shared among all targets there are, each at least one.
        seed: of the campaign.
        failures: folder for inputs that failed; None: they are not kept.
        report: called now and then with what is counted so far.
    """
    with tempfile.TemporaryDirectory(prefix="rlxai-fuzz-") as folder:
        for name in names:
            counts, kept = Counts(name), failures or Path(folder)
            valid = Path(folder) / name
            kept.mkdir(parents=True, exist_ok=True)
            _prepare(name, valid)
            left, batch = share(name, count), 0
            while left > 0:
                size = min(BATCH, left)
                _batch(counts, valid, size, seed * 1_000_003 + batch, kept)
                left, batch = left - size, batch + 1
                report(counts)
            yield counts


def _prepare(name: str, valid: Path) -> None:
    words = [sys.executable, "-c", f"from tests.fuzz.registry import prepare; prepare({name!r}, {str(valid)!r})"]
    subprocess.run(words, check=True, env=os.environ | _ENVIRONMENT)


def _batch(counts: Counts, valid: Path, size: int, seed: int, failures: Path) -> None:
    """Open a batch; where an input takes the process with it, another goes on behind it."""
    first = 0
    while first < size:
        words = [sys.executable, "-m", "tests.fuzz.worker", counts.target, str(valid), str(size), str(seed), str(first)]
        worker = subprocess.Popen(
            [*words, str(failures)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | _ENVIRONMENT
        )
        complaint = ""
        try:
            for line in _lines(worker):
                outcome = json.loads(line)
                counts.add(outcome)
                first = outcome["number"] + 1
        finally:
            worker.kill()
            _, errors = worker.communicate()
            complaint = errors.decode(errors="replace")
        if worker.returncode == 0:
            return
        current = valid.with_suffix(".current")
        if not current.exists():
            raise RuntimeError(f"the worker of {counts.target} does not start: {complaint[-2000:]}")
        shutil.move(current, failures / f"{counts.target}-{seed}-{first}.json")
        said = f"status {worker.returncode}: {complaint[-300:]}"
        counts.add({"number": first, "kind": "crashed", "seconds": 0.0, "said": said, "how": ""})
        first += 1


def _lines(worker: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Lines of a worker, until it ends or is silent for too long."""
    found: queue.Queue[bytes] = queue.Queue()
    assert worker.stdout is not None
    stream = worker.stdout

    def read() -> None:
        while line := stream.readline():
            found.put(line)
        found.put(b"")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    heard = time.monotonic()
    while time.monotonic() - heard < STALL:
        try:
            line = found.get(timeout=1.0)
        except queue.Empty:
            continue
        heard = time.monotonic()
        if not line:
            worker.wait()
            return
        yield line
