"""Several processes at the same task of the same run: exactly one result, and nothing of the others is left."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rlxai.store import MapsWriter, Run, open_run, verify
from tests.faults.children import Child, answer, apart
from tests.faults.tally import Finding, Tally
from tests.store.conftest import INFO

FRAMES = 6


def campaign(seed: int = 0, tasks: int = 250, rivals: int = 4) -> Tally:
    """One row.

    Args:
        seed: of the killing of rivals.
        tasks: tries.
        rivals: processes at each.
    """
    row = Tally(f"{rivals} processes at one task", seed)
    with row.timed():
        apart(row, "tests.faults.test_rivals", tasks=tasks, rivals=rivals)
    return row


def test_of_several_processes_at_one_task_exactly_one_commits():
    campaign(seed=1, tasks=12).require_clean()


def count(seed: int, tasks: int, rivals: int) -> Tally:
    """In the process that forks the rivals; every fifth task, one of them is killed."""
    row, dice = Tally("", seed), random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        run = Run.create(Path(scratch, "run"), INFO)
        for task in range(tasks):
            children = [Child(lambda task=task: work(run.path, task)) for _ in range(rivals)]
            victim = dice.choice(children) if task % 5 == 4 else None
            if victim:
                victim.kill()
            ended = [child.end() for child in children]
            row.add(
                f"task {task}", _amiss(run.path, task, [one.said for one in ended if one.status and not one.killed])
            )
            row.note("tasks of which one process was killed", victim is not None)
    return row


def work(path: Path, task: int) -> int:
    """Maps that follow from the task's number, and a note."""
    run = open_run(path)
    with run.attempt("toy", {"task": task}) as attempt:
        values = np.random.default_rng(task).standard_normal((FRAMES, 1, 16, 16)).astype(np.float32)
        writer = MapsWriter(attempt.folder, values.shape)
        writer.add(values)
        writer.close()
        (attempt.folder / "note.txt").write_text(f"task {task}\n")
        attempt.summary = {"task": task}
    return 0


def _amiss(path: Path, task: int, errors: list[str]) -> Iterator[Finding]:
    yield from (Finding("unclear", error[-600:]) for error in errors)
    run = open_run(path)
    commit = run.find("toy", {"task": task})
    if commit is None:
        yield Finding("lost", "nobody has committed")
        return
    others = [one for one in commit.folder.parent.iterdir() if one != commit.folder and any(one.rglob("note.txt"))]
    if others and task % 5 != 4:
        yield Finding("wrong", f"{len(others)} losers left their files")
    if run.commit("toy", commit.task).summary != {"task": task}:
        yield Finding("wrong", "another task's result")
    yield from (Finding("wrong", problem) for problem in verify(run).problems)


if __name__ == "__main__":
    answer(count)
