"""A disk that fills up at some byte of the work, and a folder that may only be read.

Every verb says so in one sentence, nothing wrong is readable, and with more room the work goes on to the results of an
unbroken run.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.faults.children import answer, apart, forked, require
from tests.faults.jobs import JOBS, Job, one_process, results, while_unfinished
from tests.faults.mounts import can_mount, enlarge, read_only, small_disk
from tests.faults.tally import Finding, Tally
from tests.faults.truth import Truth, one_sentence

NAMES = ("import", "record", "explain", "train")
PLENTY = 256 * 1024


def campaign(seed: int = 0, tries: int = 25, jobs: Sequence[str] = NAMES) -> Iterator[Tally]:
    """A row for full disks and one for folders that may only be read.

    Args:
        seed: of the sizes of the disks.
        tries: disks per job.
        jobs: names.
    """
    for name, most in (("a disk that fills up", tries), ("a folder that may only be read", 0)):
        with Tally(name, seed).timed() as row:
            for job in jobs:
                apart(row, "tests.faults.test_no_room", job=job, disks=most)
        yield row


def test_no_room_and_no_right_to_write_are_said_and_lose_nothing():
    if not can_mount():
        pytest.skip("only root can mount a small disk")
    for row in campaign(seed=1, tries=4, jobs=["explain"]):
        row.require_clean()


def count(seed: int, job: str, disks: int) -> Tally:
    """In the process that forks the job."""
    row, work = Tally("", seed), JOBS[job]
    one_process()
    with tempfile.TemporaryDirectory() as scratch:
        template, reference = Path(scratch, "template"), Path(scratch, "reference")
        template.mkdir()
        require(forked(lambda: work.prepare(template)))
        shutil.copytree(template, reference)
        require(forked(lambda: work.act(reference)))
        if not disks:
            row.add(f"{job}, read only", _read_only(work, template, reference))
            return row
        before, truth = results(template), results(reference)
        smallest, largest = _kilobytes(template), _kilobytes(reference)
        dice = random.Random(f"{seed}/{job}")
        for _ in range(disks):
            size, folder = dice.randint(smallest + 16, largest), Path(scratch, "disk")
            folder.mkdir()
            with small_disk(folder, size):
                shutil.copytree(template, folder, dirs_exist_ok=True)
                row.add(f"{job} with {size} kB", _full(work, folder, reference, truth, before, row))
            folder.rmdir()
    return row


def _full(
    job: Job, folder: Path, reference: Path, truth: Truth, before: Truth, row: Tally
) -> Iterator[Finding]:  # fmt: skip
    act = partial(job.act, folder)
    ended = forked(act)
    row.note("tries in which the room did not suffice", ended.status != 0)
    yield from while_unfinished(folder, truth, before)
    if ended.status:
        yield from one_sentence(ended.status, ended.said)
    enlarge(folder, PLENTY)
    again = forked(act)
    if again.status:
        yield Finding("lost", f"cannot be finished with more room: {again.said[-600:]}")
    else:
        yield from job.check(folder, reference)


def _read_only(job: Job, template: Path, reference: Path) -> Iterator[Finding]:
    """The job refuses, in one sentence, on what it finds; and says nothing against what is finished."""
    before = results(template)
    with read_only(template):
        ended = forked(partial(job.act, template))
        yield from one_sentence(ended.status, ended.said)
        yield from while_unfinished(template, results(reference), before)
    with read_only(reference):
        again = forked(partial(job.act, reference))
        if again.status:  # there is nothing left to write, but a training opens its logs
            yield from one_sentence(again.status, again.said)


def _kilobytes(folder: Path) -> int:
    """As a disk counts them."""
    return sum((path.stat().st_size + 4095) // 4096 * 4 for path in (folder, *folder.rglob("*")))


if __name__ == "__main__":
    answer(count)
