"""What every engine promises, and what a pool of processes must survive."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rlxai.errors import FileRefused, InvalidValue, RunError
from rlxai.pipeline import AttributionTask, EpisodeTask, Serial
from rlxai.pipeline.engine import Engine
from rlxai.pipeline.unit import Unit, units
from rlxai.pipeline.worker_process import Worker
from rlxai.pipeline.workers import Pool
from rlxai.store import Run, verify
from tests.pipeline.toy_tasks import Defective, Killer, Poison, Refusing, Sharing, SharingKiller, Toy, Waiting

ROOT = Path(__file__).parents[2]


class Reports(list[tuple[str, float, float]]):
    def __call__(self, title: str, done: float, total: float) -> None:
        self.append((title, done, total))


def quiet(_title: str, _done: float, _total: float) -> None:
    pass


def numbers(commits) -> list[int]:
    return [int((commit.folder / "number.txt").read_text()) for commit in commits]


def until(condition: Callable[[], object], seconds: float = 30) -> None:
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


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers that stay for all tests, except those that an error stops."""
    with Pool(2) as pool:
        yield pool


@pytest.fixture(params=["serial", "pool"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Serial() if request.param == "serial" else request.getfixturevalue("pool")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "run", {"game": "breakout"})


def test_every_task_is_done_once_and_results_are_in_order(engine: Engine, run: Run):
    reports = Reports()
    commits = engine.run(run, [Toy(number) for number in (5, 3, 8, 3, 1)], reports)
    assert numbers(commits) == [5, 3, 8, 3, 1]
    assert len(list(run.path.glob("objects/toy/*/*"))) == 4
    assert reports[-1][1] == reports[-1][2]
    assert all(0 <= done <= total for _, done, total in reports)
    assert {title for title, _, _ in reports} <= {"toy 5", "toy 3", "toy 8", "toy 1"}
    assert engine.run(run, [], quiet) == []


def test_finished_tasks_are_found_and_only_the_others_done(engine: Engine, run: Run):
    before = engine.run(run, [Toy(0), Toy(1)], quiet)
    reports = Reports()
    after = engine.run(run, [Toy(number) for number in (0, 7, 1, 8)], reports)
    assert [after[0], after[2]] == before
    assert numbers(after) == [0, 7, 1, 8]
    assert reports[-1][1:] == (4, 4)
    assert engine.run(run, [Toy(7), Toy(8)], quiet) == [after[1], after[3]]


def test_tasks_that_share_work_are_done_together(engine: Engine, run: Run):
    tasks = [Sharing(1), Toy(2), Sharing(3), Sharing(4, "other work"), Sharing(5), Sharing(3)]
    reports = Reports()
    commits = engine.run(run, tasks, reports)
    assert numbers(commits) == [1, 2, 3, 4, 5, 3]
    assert [commit.summary.get("together") for commit in commits] == [3, None, 3, None, 3, 3]
    assert "sharing 1 and 2 more" in {title for title, _, _ in reports}
    assert reports[-1][1:] == (5, 5)
    again = engine.run(run, [Sharing(1), Sharing(6), Sharing(7), Toy(8)], quiet)
    assert [commit.summary.get("together") for commit in again] == [3, 2, 2, None]


def test_units_are_halved_while_workers_would_idle():
    shared = [Sharing(number) for number in range(5)]
    assert [unit.tasks for unit in units(shared, 2)] == [tuple(shared[:2]), tuple(shared[2:])]
    assert sorted(map(len, units([*shared, Toy(9)], 4))) == [1, 1, 2, 2]
    assert [len(unit) for unit in units(shared[:2], 4)] == [1, 1]
    assert units([], 4) == []


def test_tasks_done_together_do_not_share_the_fate_of_one(pool: Pool, run: Run):
    tasks = [SharingKiller(0), SharingKiller(1), SharingKiller(2), SharingKiller(3)]
    with pytest.raises(RunError, match=r"sharingkiller 1 ended its worker process 3 times"):
        pool.run(run, tasks, quiet)
    assert len(run.records("toy")) == 3


def test_a_bad_input_stops_the_work_with_the_sentence_of_the_task(engine: Engine, run: Run, tmp_path: Path):
    endless = [Waiting(number, str(tmp_path)) for number in range(10, 20)]
    with pytest.raises(FileRefused, match=r"^input 4: is bad$"):
        engine.run(run, [Toy(1), Toy(2), Refusing(4), *endless], quiet)
    assert len(list(tmp_path.glob("*.pid"))) <= 1, "no task may be begun after the error"
    assert len(list(run.path.glob("objects/toy/*/*"))) == len(run.records("toy")), "work given up must be cleared away"
    assert numbers(engine.run(run, [Toy(1), Toy(2), Toy(3)], quiet)) == [1, 2, 3]


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_all_engines_give_the_same_bytes(make_run: Callable[[str], Run], pool: Pool, two_threads: None):
    found = {}
    for name, engine in {"serial": Serial(), "one": Pool(1), "two": pool, "four": Pool(4)}.items():
        run = make_run(name)
        # 39 maps are batches of 32 and 7, and 7 is a size for which the number of threads matters.
        first, second = run.snapshots()
        game = EpisodeTask.of(first, seed=0, max_decisions=39, epsilon=0)
        (played,) = Serial().run(run, [game], quiet)
        tasks = [
            AttributionTask.of(snapshot, episode=played.task, method="gradient", target="chosen")
            for snapshot in (first, second)
        ]
        others = [replace(game, seed=1), EpisodeTask.of(second, seed=1, max_decisions=39, epsilon=0)]
        found[name] = [commit.content for commit in engine.run(run, [*tasks, *others], quiet)]
        assert torch.get_num_threads() == 2
    assert found["one"] == found["two"] == found["four"] == found["serial"]


def test_a_single_task_needs_no_worker_and_kept_workers_serve_several_calls(pool: Pool, run: Run):
    (commit,) = pool.run(run, [Toy(1)], quiet)
    assert commit.summary["pid"] == os.getpid()
    first = pool.run(run, [Toy(2), Toy(3)], quiet)
    second = pool.run(run, [Toy(4), Toy(5)], quiet)
    workers = {commit.summary["pid"] for commit in first + second}
    assert len(workers) <= 2
    assert os.getpid() not in workers
    assert {commit.summary["omp"] for commit in first + second} == {"1"}


def test_a_task_whose_worker_is_killed_is_done_by_another(pool: Pool, run: Run, tmp_path: Path):
    tasks = [Toy(0), Killer(1, str(tmp_path / "marker")), *map(Toy, range(2, 8))]
    assert numbers(pool.run(run, tasks, quiet)) == list(range(8))
    assert (tmp_path / "marker").exists()
    assert verify(run).problems == []


def test_a_kept_worker_that_dies_between_calls_is_replaced(pool: Pool, run: Run):
    for commit in pool.run(run, [Toy(1), Toy(2)], quiet):
        pid = commit.summary["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))
    assert numbers(pool.run(run, [Toy(3), Toy(4), Toy(5)], quiet)) == [3, 4, 5]


def test_a_task_that_always_kills_its_worker_is_named_and_all_others_are_done(pool: Pool, run: Run, tmp_path: Path):
    victims = tmp_path / "victims"
    victims.mkdir()
    with pytest.raises(RunError, match=r"run: poison 1 ended its worker process 3 times \(signal 9, Killed"):
        pool.run(run, [Toy(0), Poison(1, str(victims)), *map(Toy, range(2, 8))], quiet)
    assert len(list(victims.iterdir())) == 3
    assert len(run.records("toy")) == 7


def test_a_bug_in_a_task_is_shown_where_it_is(pool: Pool, run: Run):
    with pytest.raises(KeyError, match="no such key") as met:
        pool.run(run, [Defective(1, True), Toy(2)], quiet)
    assert 'toy_tasks.py", line' in str(met.value.__cause__)
    with pytest.raises(RuntimeError, match=r"^HomeMade: made at home$"):
        pool.run(run, [Defective(1, False), Toy(3)], quiet)


def test_fewer_than_one_worker_is_refused():
    with pytest.raises(InvalidValue, match="workers must be at least 1; met 0"):
        Pool(0)


@contextmanager
def parent_at_work(run: Run, folder: Path, *, deaf: bool) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process with a pool, whose two workers are in the middle of a task; a script without a main guard."""
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"  # a background shell ignores it
        "from rlxai.pipeline.workers import Pool; from rlxai.store import open_run;"
        "from tests.pipeline.toy_tasks import Toy, Waiting;"
        f"Pool(2).run(open_run({str(run.path)!r}), {tasks(folder, deaf=deaf)!r}, lambda *_: None)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        until(lambda: len(list(folder.glob("*.pid"))) == 2)
        yield parent, [int(note.read_text()) for note in folder.glob("*.pid")]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)
        parent.communicate()


def tasks(folder: Path, *, deaf: bool) -> list[Toy]:
    return [Toy(0), Waiting(1, str(folder)), Toy(2), Waiting(3, str(folder), deaf), Toy(4)]


def test_ctrl_c_ends_everything_at_once_and_the_next_call_goes_on(pool: Pool, run: Run, tmp_path: Path):
    (tmp_path / "notes").mkdir()
    with parent_at_work(run, tmp_path / "notes", deaf=True) as (parent, workers):
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does, to parent and workers alike
        assert parent.wait(30) != 0
        assert not any(map(alive, workers))
        said = parent.stderr.read()
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert said.count("Traceback") == 1
    finished = {record: record.stat().st_mtime_ns for record in run.records("toy")}
    assert len(finished) == 2
    assert len(list(run.path.glob("objects/toy/*/*"))) == 3, "only the deaf task may leave its attempt behind"
    (tmp_path / "notes" / "go").touch()
    assert numbers(pool.run(run, tasks(tmp_path / "notes", deaf=True), quiet)) == [0, 1, 2, 3, 4]
    assert all(record.stat().st_mtime_ns == stamp for record, stamp in finished.items())


@pytest.mark.skipif(sys.platform != "linux", reason="a task that makes no progress outlives its parent elsewhere")
def test_a_killed_parent_leaves_no_worker(run: Run, tmp_path: Path):
    with parent_at_work(run, tmp_path, deaf=True) as (parent, workers):
        parent.kill()
        until(lambda: not any(map(alive, workers)), seconds=5)


def test_a_worker_that_hears_nothing_more_clears_up_and_ends(run: Run, tmp_path: Path):
    """This is what ends workers where the kernel does not."""
    idle, busy = Worker(), Worker()
    busy.begin(run.path, Unit((Waiting(1, str(tmp_path)),)))
    until(lambda: list(tmp_path.glob("*.pid")))
    for worker in (idle, busy):
        worker.hang_up()
        worker.end(patience=5)
        assert worker.fate == "exit status 0"
    assert not list(run.path.glob("objects/toy/*"))
    assert run.records() == []
