"""A clock that jumps: files from the future and from long ago are read alike, and work under way is not taken for dead.

Names and contents decide what is a result; the clock decides only what is listed first, and what `rlxai clean` offers
to delete. If it takes work under way for dead, that work must fail in a sentence, never commit a part.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rlxai.errors import RunError
from rlxai.store import MapsWriter, Run, leftovers, open_run, remove
from tests.faults.tally import Finding, Tally
from tests.faults.test_rivals import work
from tests.faults.truth import fingerprint, finished, readable
from tests.store.conftest import INFO

YEAR = 365 * 86400.0


def campaign(scratch: Path, seed: int = 0, jumps: int = 100) -> Tally:
    """One row.

    Args:
        scratch: an empty folder.
        seed: of the jumps.
        jumps: tries.
    """
    row, dice = Tally("clock jumps", seed), random.Random(seed)
    with row.timed():
        reference = Run.create(scratch / "reference", INFO)
        for task in range(3):
            work(reference.path, task)
        truth = fingerprint(reference)
        for number in range(jumps):
            folder = scratch / f"run{number}"
            jump = dice.choice([-1, 1]) * 10 ** dice.uniform(0, 9)
            row.add(f"jump {number} by {jump:,.0f} s", _jumped(folder, jump, dice, truth))
            shutil.rmtree(folder)
    return row


def _jumped(folder: Path, jump: float, dice: random.Random, truth: dict[str, str]) -> Iterator[Finding]:
    """A run with two results, and a third under way while the clock jumps and somebody cleans up."""
    run = Run.create(folder, INFO)
    for task in range(2):
        work(folder, task)
    before = fingerprint(run)
    values = np.random.default_rng(2).standard_normal((6, 1, 16, 16)).astype(np.float32)
    try:
        with run.attempt("toy", {"task": 2}) as attempt:
            (attempt.folder / "note.txt").write_text("task 2\n")
            writer = MapsWriter(attempt.folder, values.shape)
            shift(folder, jump, dice)
            if {commit.task for commit in map(run.read, run.newest_records("toy"))} != _tasks(before):
                yield Finding("wrong", "the list of results depends on the clock")
            remove(run, [one for one in leftovers(run) if one.idle >= 3600])
            writer.add(values)
            writer.close()
            attempt.summary = {"task": 2}
    except RunError as error:
        if "\n" in str(error):
            yield Finding("unclear", str(error))
    yield from readable(folder, truth, before)
    for task in range(3):
        if open_run(folder).find("toy", {"task": task}) is None:
            work(folder, task)
    yield from finished(folder, truth)


def shift(folder: Path, jump: float, dice: random.Random) -> None:
    """Let all files be from another time, the one more, the other less."""
    for path in (folder, *folder.rglob("*")):
        then = min(max(0.0, time.time() + jump * dice.uniform(0.9, 1)), 4e9)
        os.utime(path, (then, then))


def _tasks(before: dict[str, str]) -> set[str]:
    return {name.rpartition("/")[2] for name in before}


def test_a_clock_that_jumps_loses_nothing(tmp_path: Path):
    campaign(tmp_path, seed=1, jumps=20).require_clean()
