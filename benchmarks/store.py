"""What a task costs beside its own work: begun, written (6 files, 120 kB), committed and found again, in each place.

The object store is a server on this machine (tests/store/s3_server.py), so that its figure has no network in it; every
request to a real one adds its way there and back. Run as: python -m benchmarks.store
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from rlxai.store import Run, copy_run, verify
from tests.store.s3_server import BUCKET, Server, s3_server

_TASKS = 30
_ROUNDS = 3
_INFO = {"game": "breakout", "actions": []}


def seconds_per_task(run: Run, first: int) -> float:
    """Wall-clock seconds, mean over `_TASKS` tasks."""
    started = time.perf_counter()
    for number in range(first, first + _TASKS):
        with run.attempt("toy", {"number": number}) as attempt:
            for name in range(6):
                (attempt.folder / f"{name}.bin").write_bytes(os.urandom(20_000))
        assert run.find("toy", {"number": number}) is not None
    return (time.perf_counter() - started) / _TASKS


def measure(server: Server, folder: Path) -> None:
    """Print the table; the least of several rounds, the places in turn."""
    near = Run.create(folder / "near", _INFO)
    far = Run.create(f"s3://{BUCKET}/far", _INFO)
    rounds = []
    for number in range(_ROUNDS):
        server.requests.clear()
        rounds.append([seconds_per_task(run, number * _TASKS) for run in (near, far)])
    local, remote = (min(times) for times in zip(*rounds, strict=True))
    print(f"folder        {1000 * local:7.1f} ms per task")
    print(f"object store  {1000 * remote:7.1f} ms per task, {remote / local:.1f} x, "
          f"{len(server.requests) / _TASKS:.0f} requests")  # fmt: skip
    started = time.perf_counter()
    copied = copy_run(near, f"s3://{BUCKET}/copied/near")
    print(f"copy          {copied.copied} results in {time.perf_counter() - started:.1f} s")
    assert verify(copied.run).problems == []


def main() -> None:
    """Serve, measure, print."""
    with s3_server() as server, tempfile.TemporaryDirectory() as folder:
        os.environ |= {**server.environment, "RLXAI_CACHE": f"{folder}/cache"}
        measure(server, Path(folder))


if __name__ == "__main__":
    main()
