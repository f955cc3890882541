"""What every engine promises: the same tests for all of them, to be inherited beside a fixture `engine`."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rlxai.errors import FileRefused, InvalidValue, RunError
from rlxai.pipeline import AttributionTask, EpisodeTask, Serial, quiet
from rlxai.pipeline.engines.engine import Engine
from rlxai.store import Commit, Run, verify
from tests.pipeline.toy_tasks import (
    Defective,
    Hanging,
    Killer,
    Linear,
    Poison,
    Refusing,
    Rooted,
    Sharing,
    SharingKiller,
    Toy,
    Waiting,
)

ROOT = Path(__file__).parents[2]


class Reports(list[tuple[str, float, float]]):
    def __call__(self, title: str, done: float, total: float) -> None:
        self.append((title, done, total))


def numbers(commits: list[Commit]) -> list[int]:
    return [int((commit.folder / "number.txt").read_text()) for commit in commits]


def attempts(run: Run) -> list[Path]:
    return list(run.path.glob("objects/toy/*/*"))


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        if sys.platform != "linux":
            return True
        # A container's first process may leave the dead unburied.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def real_tasks(run: Run) -> list[EpisodeTask | AttributionTask | Linear]:
    """Games, maps of one already played, and numbers that BLAS gives otherwise on two threads."""
    first, second = run.snapshots()
    game = EpisodeTask.of(first, seed=0, max_decisions=39, epsilon=0)
    (played,) = Serial().run(run, [game], quiet)
    # 39 maps are batches of 32 and 7, and 7 is a size for which the number of threads matters.
    maps = [AttributionTask.of(s, episode=played.task, method="gradient", target="chosen") for s in (first, second)]
    return [*maps, replace(game, seed=1), EpisodeTask.of(second, seed=1, max_decisions=39, epsilon=0), Linear(1)]


def contents(engine: Engine, run: Run) -> list[str]:
    """What an engine makes of real tasks, while this process would like two threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = [commit.content for commit in engine.run(run, real_tasks(run), quiet)]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    return found


class EngineContract:
    """Of every engine."""

    def test_every_task_is_done_once_and_results_are_in_order(self, engine: Engine, run: Run):
        reports = Reports()
        commits = engine.run(run, [Toy(number) for number in (5, 3, 8, 3, 1)], reports)
        assert numbers(commits) == [5, 3, 8, 3, 1]
        assert len(attempts(run)) == 4
        assert reports[-1][1:] == (4, 4)
        assert all(0 <= done <= total for _, done, total in reports)
        assert {title for title, _, _ in reports} <= {"toy 5", "toy 3", "toy 8", "toy 1"}
        assert engine.run(run, [], quiet) == []

    def test_finished_tasks_are_found_and_only_the_others_done(self, engine: Engine, run: Run):
        before = engine.run(run, [Toy(0), Toy(1)], quiet)
        reports = Reports()
        after = engine.run(run, [Toy(number) for number in (0, 7, 1, 8)], reports)
        assert [after[0], after[2]] == before
        assert numbers(after) == [0, 7, 1, 8]
        assert reports[-1][1:] == (4, 4)
        assert engine.run(run, [Toy(7), Toy(8)], quiet) == [after[1], after[3]]

    def test_tasks_that_share_work_are_done_together(self, engine: Engine, run: Run):
        tasks = [Sharing(1), Toy(2), Sharing(3), Sharing(4, "other work"), Sharing(5), Sharing(3)]
        commits = engine.run(run, tasks, quiet)
        assert numbers(commits) == [1, 2, 3, 4, 5, 3]
        assert [commit.summary.get("together") for commit in commits] == [3, None, 3, None, 3, 3]
        again = engine.run(run, [Sharing(1), Sharing(6), Sharing(7), Toy(8)], quiet)
        assert [commit.summary.get("together") for commit in again] == [3, 2, 2, None]

    def test_a_bad_input_stops_the_work_with_the_sentence_of_the_task(self, engine: Engine, run: Run, tmp_path: Path):
        endless = [Waiting(number, str(tmp_path)) for number in range(10, 20)]
        with pytest.raises(FileRefused, match=r"^input 4: is bad$"):
            engine.run(run, [Toy(1), Toy(2), Refusing(4), *endless], quiet)
        assert len(list(tmp_path.glob("*.pid"))) <= 1, "no task may be begun after the error"
        until(lambda: len(attempts(run)) == len(run.records("toy")))  # work given up is cleared away
        assert numbers(engine.run(run, [Toy(1), Toy(2), Toy(3)], quiet)) == [1, 2, 3]

    def test_a_bug_in_a_task_is_shown(self, engine: Engine, run: Run):
        with pytest.raises(KeyError, match="no such key") as met:
            engine.run(run, [Defective(1, True), Toy(2)], quiet)
        assert met.value.__cause__ is None or 'toy_tasks.py", line' in str(met.value.__cause__)
        assert numbers(engine.run(run, [Toy(4)], quiet)) == [4]

    def test_bytes_are_those_of_any_other_engine(self, engine: Engine, make_run: Callable[[str], Run]):
        assert contents(engine, make_run("one")) == contents(Serial(), make_run("other"))


class WorkerContract(EngineContract):
    """Of every engine that has tasks done by other processes; `impatient` stops tasks that are silent."""

    def test_a_task_whose_worker_is_killed_is_done_by_another(self, engine: Engine, run: Run, tmp_path: Path):
        tasks = [Toy(0), Killer(1, str(tmp_path / "marker")), *map(Toy, range(2, 8))]
        assert numbers(engine.run(run, tasks, quiet)) == list(range(8))
        assert (tmp_path / "marker").exists()
        assert verify(run).problems == []

    def test_a_task_that_always_kills_its_worker_is_named_and_all_others_are_done(
        self, engine: Engine, run: Run, tmp_path: Path
    ):
        victims = tmp_path / "victims"
        victims.mkdir()
        tasks = [Toy(0), Poison(1, str(victims)), *map(Toy, range(2, 8))]
        with pytest.raises(RunError, match=r"run: poison 1 ended its worker process 3 times \((signal 9|the process)"):
            engine.run(run, tasks, quiet)
        assert len(list(victims.iterdir())) == 3
        assert len(run.records("toy")) == 7
        with pytest.raises(RunError, match=r"run: poison 1 ended"):  # this process must not try it either
            engine.run(run, tasks, quiet)

    def test_tasks_done_together_do_not_share_the_fate_of_one(self, engine: Engine, run: Run):
        tasks = [SharingKiller(number) for number in range(4)]
        with pytest.raises(RunError, match=r"sharingkiller 1 ended its worker process 3 times"):
            engine.run(run, tasks, quiet)
        assert len(run.records("toy")) == 3

    def test_a_task_that_hangs_is_done_by_another(self, impatient: Engine, run: Run, tmp_path: Path):
        tasks = [Toy(0), Hanging(1, str(tmp_path / "marker")), Toy(2)]
        assert numbers(impatient.run(run, tasks, quiet)) == [0, 1, 2]
        assert (tmp_path / "marker").exists()

    def test_what_cannot_travel_is_said(self, engine: Engine, run: Run):
        with pytest.raises(RuntimeError, match=r"^HomeMade: made at home$"):
            engine.run(run, [Defective(1, False), Toy(3)], quiet)
        with pytest.raises(InvalidValue, match=r"^rooted 5 cannot be handed to a worker process \("):
            engine.run(run, [Toy(4), Rooted(5), Toy(6)], quiet)
        assert numbers(engine.run(run, [Toy(4), Toy(6)], quiet)) == [4, 6]

    def test_an_interrupt_gives_up_what_is_at_hand(self, engine: Engine, run: Run, tmp_path: Path):
        tasks = [Toy(0), Waiting(1, str(tmp_path)), Toy(2), Waiting(3, str(tmp_path), True), Toy(4)]

        def interrupted(*_arguments: object) -> None:
            if len(list(tmp_path.glob("*.pid"))) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            engine.run(run, tasks, interrupted)
        (deaf,) = (int(note.read_text()) for note in tmp_path.glob("3.pid"))
        until(lambda: not alive(deaf))
        done = {record: record.stat().st_mtime_ns for record in run.records("toy")}
        until(lambda: len(attempts(run)) == len(done) + 1)  # of the deaf one, which could not clear up
        (tmp_path / "go").touch()
        assert numbers(engine.run(run, tasks, quiet)) == [0, 1, 2, 3, 4]
        assert all(record.stat().st_mtime_ns == stamp for record, stamp in done.items())
