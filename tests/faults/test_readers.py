"""Readers verify a run to the last byte, again and again, while its writers are killed and begin anew."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from rlxai.store import Run, open_maps, open_run
from tests.faults.children import Child, answer, apart, forked, require
from tests.faults.tally import Finding, Tally
from tests.faults.test_rivals import work
from tests.faults.truth import fingerprint, finished, readable
from tests.store.conftest import INFO

WRITERS, READERS = 2, 3


def campaign(seed: int = 0, kills: int = 400, tasks: int = 40) -> Tally:
    """One row; a try is one reading of everything.

    Args:
        seed: of the moments.
        kills: of writers.
        tasks: of a run; when they are done, another run is begun.
    """
    row = Tally(f"{READERS} readers beside {WRITERS} writers that are killed", seed)
    with row.timed():
        apart(row, "tests.faults.test_readers", kills=kills, tasks=tasks)
    return row


def test_readers_beside_killed_writers_never_see_a_wrong_or_partial_result():
    row = campaign(seed=1, kills=12, tasks=8)
    row.require_clean()
    assert row.notes["kills"] >= 12, "both writers may be killed at once"


def count(seed: int, kills: int, tasks: int) -> Tally:
    """In the process that forks readers and writers."""
    row, dice = Tally("", seed), random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        reference = Run.create(Path(scratch, "reference"), INFO)
        started = time.monotonic()
        require(forked(lambda: write_all(reference.path, tasks)))
        seconds = time.monotonic() - started
        truth = fingerprint(reference)
        number = 0
        while row.notes.get("kills", 0) < kills:
            run = Run.create(Path(scratch, f"run{number}"), INFO)
            notes = Path(scratch, f"notes{number}")
            notes.mkdir()
            readers = [Child(partial(read_all, run.path, truth, notes, n)) for n in range(READERS)]
            _write_and_kill(run.path, tasks, seconds, dice, row, kills)
            (notes / "stop").touch()
            for n, reader in enumerate(readers):
                ended = reader.end()
                who = f"run {number}, reader {n}"
                if ended.status:
                    row.judge(who, [Finding("wrong", f"ended with status {ended.status}: {ended.said[-600:]}")])
                    continue
                row.tries += int((notes / str(n)).read_text())
                row.judge(who, [Finding("wrong", line) for line in ended.said.splitlines()])
            row.judge(f"run {number}, finished", finished(run.path, truth))
            number += 1
    return row


def _write_and_kill(
    path: Path, tasks: int, seconds: float, dice: random.Random, row: Tally, kills: int
) -> None:  # fmt: skip
    for _ in range(tasks):
        writers = [Child(lambda: write_all(path, tasks)) for _ in range(WRITERS)]
        if row.notes.get("kills", 0) >= kills:
            ended = [writer.end() for writer in writers]
        else:
            time.sleep(dice.uniform(0, seconds))
            for writer in writers:
                writer.kill()
            ended = [writer.end() for writer in writers]
        row.note("kills", sum(one.killed for one in ended))
        unclear = [one.said[-600:] for one in ended if one.status and not one.killed]
        row.judge("a writer", [Finding("unclear", said) for said in unclear])
        if any(one.status == 0 for one in ended):
            return
    require(forked(lambda: write_all(path, tasks)))


def write_all(path: Path, tasks: int) -> int:
    """All tasks that are not done."""
    run = open_run(path)
    for task in range(tasks):
        if run.find("toy", {"task": task}) is None:
            work(path, task)
    return 0


def read_all(path: Path, truth: dict[str, str], notes: Path, number: int) -> int:
    """Read everything until told to stop; a line on standard error for all that is amiss."""
    before: dict[str, str] = {}
    rounds = 0
    while not (rounds and (notes / "stop").exists()):
        found = list(readable(path, truth, before))
        for finding in found:
            print(f"{finding.category}: {finding.what}", file=sys.stderr)
        before = before if found else fingerprint(open_run(path))
        for commit in open_run(path).commits("toy"):
            maps = open_maps(commit.folder)
            maps[0 : len(maps)]
        rounds += 1
    (notes / str(number)).write_text(str(rounds))
    return 0


if __name__ == "__main__":
    answer(count)
