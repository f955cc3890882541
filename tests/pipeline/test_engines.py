"""Engines on this machine: what every engine promises, and what a pool of processes must survive."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rlxai.errors import InvalidValue
from rlxai.pipeline import Serial
from rlxai.pipeline.engines.choice import choose_engine
from rlxai.pipeline.engines.engine import Engine
from rlxai.pipeline.engines.unit import Unit, units
from rlxai.pipeline.engines.worker_process import Worker
from rlxai.pipeline.engines.workers import Pool
from rlxai.store import Run
from tests.pipeline.contract import (
    ROOT,
    EngineContract,
    WorkerContract,
    alive,
    attempts,
    contents,
    numbers,
    quiet,
    until,
)
from tests.pipeline.toy_tasks import Sharing, Toy, Waiting


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "run", {"game": "breakout"})


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers that stay for all tests, except those that an error stops."""
    with Pool(2) as pool:
        yield pool


class TestSerial(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return Serial()


class TestPool(WorkerContract):
    @pytest.fixture
    def engine(self, pool: Pool) -> Engine:
        return pool

    @pytest.fixture
    def impatient(self) -> Iterator[Engine]:
        with Pool(2, stall_timeout=15) as pool:
            yield pool


def test_units_are_halved_while_workers_would_idle():
    shared = [Sharing(number) for number in range(5)]
    assert [unit.tasks for unit in units(shared, 2)] == [tuple(shared[:2]), tuple(shared[2:])]
    assert sorted(map(len, units([*shared, Toy(9)], 4))) == [1, 1, 2, 2]
    assert [len(unit) for unit in units(shared[:2], 4)] == [1, 1]
    assert units([], 4) == []


def test_the_number_of_workers_changes_no_byte(make_run):
    found = [contents(Pool(workers), make_run(f"run-{workers}")) for workers in (1, 4)]
    assert found[0] == found[1] == contents(Serial(), make_run("serial"))


def test_a_lone_task_needs_no_worker_and_kept_workers_serve_several_calls(run: Run):
    with Pool(2) as pool:
        (commit,) = pool.run(run, [Toy(1)], quiet)
        assert commit.summary["pid"] == os.getpid()
        first = pool.run(run, [Toy(2), Toy(3)], quiet)
        second = pool.run(run, [Toy(4), Toy(5)], quiet)
        third = pool.run(run, [Toy(6)], quiet)
    workers = {commit.summary["pid"] for commit in first + second + third}
    assert len(workers) <= 2
    assert os.getpid() not in workers
    assert {commit.summary["omp"] for commit in first + second} == {"1"}


def test_a_kept_worker_that_dies_between_calls_is_replaced(pool: Pool, run: Run):
    for commit in pool.run(run, [Toy(1), Toy(2)], quiet):
        pid = commit.summary["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))
    assert numbers(pool.run(run, [Toy(3), Toy(4), Toy(5)], quiet)) == [3, 4, 5]


def test_a_worker_that_is_stopped_does_not_stop_the_others(run: Run, tmp_path: Path):
    """Not a bug of a task, but a process that the system or a debugger has halted."""
    halted = []

    def halt(*_arguments: object) -> None:
        if not halted and (notes := list(tmp_path.glob("*.pid"))):
            halted.append(int(notes[0].read_text()))
            os.kill(halted[0], signal.SIGSTOP)
            (tmp_path / "go").touch()

    with Pool(2, stall_timeout=15) as pool:
        assert numbers(pool.run(run, [Toy(0), Waiting(1, str(tmp_path)), Toy(2)], halt)) == [0, 1, 2]
    assert not alive(halted[0])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"workers": 0}, "workers must be at least 1; met 0"),
        ({"stall_timeout": -1.0}, r"the stall timeout must be 0 \(never\) or more seconds; met -1"),
        ({"stall_timeout": float("nan")}, r"the stall timeout must be 0 \(never\) or more seconds; met nan"),
        ({"address": "auto"}, "an address and GPUs per task go with the engine ray"),
        ({"gpus_per_task": 0.5}, "an address and GPUs per task go with the engine ray"),
        ({"kind": "ray", "workers": 0}, "workers must be at least 1; met 0"),
        ({"kind": "ray", "gpus_per_task": 2.0}, "GPUs per task must be from 0 to 1; met 2"),
        ({"kind": "dask"}, "engine 'dask' is unknown; there are local, ray"),
    ],
)
def test_options_outside_their_domain_are_refused(options: dict, sentence: str):
    usual = {"kind": "local", "address": None, "workers": None, "gpus_per_task": 0.0, "stall_timeout": 60.0}
    with pytest.raises(InvalidValue, match=sentence):
        choose_engine(**{**usual, **options})


@contextmanager
def parent_at_work(run: Run, folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process with a pool, whose two workers are in the middle of a task; a script without a main guard."""
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"  # a background shell ignores it
        "from rlxai.pipeline.engines.workers import Pool; from rlxai.store import open_run;"
        "from tests.pipeline.toy_tasks import Toy, Waiting;"
        f"Pool(2).run(open_run({str(run.path)!r}), {tasks(folder)!r}, lambda *_: None)"
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


def tasks(folder: Path) -> list[Toy]:
    return [Toy(0), Waiting(1, str(folder)), Toy(2), Waiting(3, str(folder), True), Toy(4)]


def test_ctrl_c_ends_everything_at_once(run: Run, tmp_path: Path):
    (tmp_path / "notes").mkdir()
    with parent_at_work(run, tmp_path / "notes") as (parent, workers):
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does, to parent and workers alike
        assert parent.wait(30) != 0
        assert not any(map(alive, workers))
        said = parent.stderr.read()
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert said.count("Traceback") == 1
    assert len(run.records("toy")) == 2
    assert len(attempts(run)) == 3, "only the deaf task may leave its attempt behind"


@pytest.mark.skipif(sys.platform != "linux", reason="a task that makes no progress outlives its parent elsewhere")
def test_a_killed_parent_leaves_no_worker(run: Run, tmp_path: Path):
    with parent_at_work(run, tmp_path) as (parent, workers):
        parent.kill()
        until(lambda: not any(map(alive, workers)))


def test_a_worker_that_hears_nothing_more_clears_up_and_ends(run: Run, tmp_path: Path):
    """This is what ends workers where the kernel does not."""
    idle, busy = Worker(), Worker()
    busy.begin(run.address, Unit((Waiting(1, str(tmp_path)),)))
    until(lambda: list(tmp_path.glob("*.pid")))
    for worker in (idle, busy):
        worker.hang_up()
        worker.end(patience=5)
        assert worker.fate == "exit status 0"
    assert not attempts(run)
    assert run.records() == []
