"""The engine for several machines: what every engine promises, on a Ray cluster of three nodes, and more."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from rlxai.cli import main
from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline.engines import ray_work
from rlxai.pipeline.engines.engine import Engine
from rlxai.pipeline.engines.ray_engine import Ray
from rlxai.store import Run, open_run, verify
from tests.pipeline.contract import ROOT, WorkerContract, alive, numbers, quiet, until
from tests.pipeline.toy_tasks import Toy, Waiting
from tests.small_run import build_small_run
from tests.store.s3_server import BUCKET, Server, s3_server

if "ray" not in sys.modules:  # which reads this as it is imported; its services listen on all interfaces
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
pytest.importorskip("ray", reason="Ray is not installed")
# Ray leaves sockets and log files to the collector.
pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "run", {"game": "breakout"})


@pytest.fixture(scope="module")
def server() -> Iterator[Server | None]:
    """None where there is no server to start; the cluster does without."""
    if find_spec("moto") is None:
        yield None
        return
    with s3_server() as server:
        yield server


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each node's mirrors of runs in object stores lie in a folder of its own below this one."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(scope="module")
def node(server: Server | None, caches: Path) -> Callable[[], dict[str, Any]]:
    """What a further node of one CPU is added with."""

    def arguments() -> dict[str, Any]:
        cache = caches / f"node {next(numbers_of_nodes)}"
        environment = (server.environment if server else {}) | {"RLXAI_CACHE": str(cache)}
        return {"num_cpus": 1, "object_store_memory": 80 * 2**20, "env_vars": environment}

    numbers_of_nodes = count()
    return arguments


@pytest.fixture(scope="module")
def cluster(node: Callable[[], dict[str, Any]]) -> Iterator[Any]:
    """A head that does no tasks and two nodes of one CPU each."""
    from ray.cluster_utils import Cluster

    memory = {"object_store_memory": 80 * 2**20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **memory})
    for _ in range(2):
        cluster.add_node(**node())
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="module")
def joined(cluster: Any) -> Iterator[Ray]:
    with Ray(cluster.address) as engine:
        yield engine


class TestRay(WorkerContract):
    @pytest.fixture
    def engine(self, joined: Ray) -> Engine:
        return joined

    @pytest.fixture
    def impatient(self, joined: Ray) -> Iterator[Engine]:
        with Ray(stall_timeout=15) as engine:
            yield engine


def test_a_node_that_dies_takes_no_task_with_it(
    cluster: Any, node: Callable[[], dict[str, Any]], joined: Ray, run: Run, tmp_path: Path
):
    lost = []

    def kill_a_node(*_arguments: object) -> None:
        if not lost and len(list(tmp_path.glob("*.pid"))) == 2:
            lost.append(cluster.worker_nodes.copy().pop())
            cluster.remove_node(lost[0], allow_graceful=False)
            (tmp_path / "go").touch()

    tasks = [*map(Toy, range(6)), *(Waiting(number, str(tmp_path)) for number in (6, 7)), *map(Toy, range(8, 14))]
    try:
        assert numbers(joined.run(run, tasks, kill_a_node)) == list(range(14))
    finally:
        cluster.add_node(**node())
    assert lost
    assert len(run.records("toy")) == 14
    assert verify(run).problems == []


def test_a_verb_uses_the_cluster(cluster: Any, joined: Ray, make_run: Callable[[str], Run], capsys: Any):
    run = make_run("run")
    assert (
        main(["record", str(run.path), "--max-decisions", "20", "--engine", "ray", "--address", cluster.address]) == 0
    )
    assert capsys.readouterr().out.count("cap") == 2
    assert len(run.commits("episode")) == 2


def test_nodes_need_to_share_nothing_but_an_object_store(
    cluster: Any, joined: Ray, server: Server | None, caches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if server is None:
        pytest.skip("moto is not installed")
    for name, value in (server.environment | {"RLXAI_CACHE": str(tmp_path / "cache")}).items():
        monkeypatch.setenv(name, value)
    near, far = build_small_run(tmp_path / "small", explain=False), f"s3://{BUCKET}/lab/small"
    words = ["--method", "gradient", "--method", "gradient-x-input"]
    assert main(["copy", str(near.path), far]) == 0
    assert main(["explain", far, *words, "--engine", "ray", "--address", cluster.address]) == 0
    assert main(["explain", str(near.path), *words, "--workers", "1"]) == 0
    here = {commit.task: commit.content for commit in near.commits("attribution")}
    assert {commit.task: commit.content for commit in open_run(far).commits("attribution")} == here
    assert len(here) == 4
    assert len(list(caches.glob("node */mirrors"))) >= 2
    assert verify(open_run(far)).problems == []


def test_nodes_must_have_the_same_versions(joined: Ray, run: Run, monkeypatch: pytest.MonkeyPatch):
    for package, sentence in {
        "rlxai": r"^node \S+ has rlxai [\d.]+, and 9\.9 is needed: install the same on every node$",
        "no-such-package": r"^node \S+ has no-such-package none, and 9\.9 is needed",
    }.items():
        monkeypatch.setattr(ray_work, "versions", lambda package=package: {package: "9.9"})
        with pytest.raises(RunError, match=sentence):
            joined.run(run, [Toy(1), Toy(2)], quiet)
    assert run.records() == []


def test_nodes_must_see_the_run(joined: Ray, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(Run, "address", str(elsewhere))
    with pytest.raises(RunError, match=r"^node \S+: .*elsewhere: is not a run .*; every node must see the run there$"):
        joined.run(run, [Toy(1)], quiet)
    Run.create(elsewhere, {"game": "breakout"})  # a folder of the same name, but on another disk
    monkeypatch.setattr(ray_work, "SEEN_WITHIN_SECONDS", 0.0)
    with pytest.raises(RunError, match=r"is missing, though a node has finished it: do all nodes see the same run\?$"):
        joined.run(run, [Toy(1)], quiet)


def test_shares_of_gpus_are_reserved(cluster: Any, joined: Ray, run: Run):
    with pytest.raises(RunError, match=r"the Ray cluster has 0 GPUs, and a task is to have 0\.25 of one"):
        Ray(gpus_per_task=0.25).run(run, [Toy(1)], quiet)
    node = cluster.add_node(num_cpus=0, num_gpus=1, object_store_memory=80 * 2**20)
    try:
        from rlxai.pipeline.engines.ray_cluster import load, slots

        assert slots(load(), 0.5) == 2
        assert slots(load(), 0.75) == 1
    finally:
        cluster.remove_node(node)


def test_without_ray_a_sentence_names_the_extra(monkeypatch: pytest.MonkeyPatch, run: Run, capsys: Any):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["record", str(run.path), "--engine", "ray"]) == 1
    assert capsys.readouterr().err == ('rlxai: the engine ray needs Ray; install it with: pip install "rlxai[ray]"\n')


@pytest.fixture
def stranger() -> Iterator[str]:
    """The address of a service that answers, and is no Ray."""
    with socket.create_server(("", 0)) as server:  # Ray takes 127.0.0.1 for another address of this machine
        server.settimeout(30)

        def answer() -> None:
            with suppress(TimeoutError), server.accept()[0] as connection:
                connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        thread = Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_an_address_where_no_cluster_is_costs_one_sentence(stranger: str, monkeypatch: pytest.MonkeyPatch):
    import ray

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    for address, kind, sentence in [
        (stranger, RunError, f"^what answers at {stranger} is no Ray cluster$"),
        (f"127.0.0.1:{free}", RunError, rf"^no Ray cluster answers at 127\.0\.0\.1:{free} \(Connection refused\)$"),
        ("nonsense", InvalidValue, "^'nonsense' is no address of a Ray cluster: give HOST:PORT, or auto$"),
        ("127.0.0.1:port", InvalidValue, "is no address of a Ray cluster"),
        ("no.such.host.invalid:6379", RunError, "no address of a Ray cluster|no Ray cluster answers"),
        ("127.0.0.1:99999", RunError, "no Ray cluster answers"),
        ("ray://127.0.0.1:10001", InvalidValue, "Ray Client is not supported"),
    ]:
        with pytest.raises(kind, match=sentence), Ray(address):
            pass


def test_ctrl_c_ends_a_ray_of_its_own_too(run: Run, tmp_path: Path):
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from rlxai.pipeline.engines.ray_engine import Ray; from rlxai.store import open_run;"
        "from tests.pipeline.toy_tasks import Toy, Waiting;"
        f"tasks = [Waiting(1, {str(tmp_path)!r}), Waiting(2, {str(tmp_path)!r}, True), Toy(3)];"
        f"Ray(workers=2).run(open_run({str(run.path)!r}), tasks, lambda *_: None)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: len(list(tmp_path.glob("*.pid"))) == 2 or parent.poll() is not None)
        workers = [int(note.read_text()) for note in tmp_path.glob("*.pid")]
        os.killpg(parent.pid, signal.SIGINT)
        said = parent.communicate(timeout=60)[1]
    finally:
        if parent.poll() is None:
            os.killpg(parent.pid, signal.SIGKILL)
    assert len(workers) == 2, said
    assert said.rstrip().endswith("KeyboardInterrupt")
    until(lambda: not any(map(alive, workers)))
    assert run.records() == []
