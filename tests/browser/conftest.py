"""A real dashboard for the browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rlxai.store import Run
from tests.small_run import build_small_run


@pytest.fixture(scope="session")
def shown_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with one explained game and a ledger; tests must not change it."""
    return build_small_run(tmp_path_factory.mktemp("browser") / "small", strategy=True)


@pytest.fixture(scope="session")
def address(browser: Any, shown_run: Run) -> Iterator[str]:
    """Where `rlxai dashboard` of the small run listens; not started where there is no browser."""
    with serving(shown_run.path) as url:
        yield url


class serving:
    """`rlxai dashboard RUN` as a process of its own, for as long as the block runs."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def __enter__(self) -> str:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rlxai", "dashboard", str(self._run)],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "http://" in line:
                return "http://" + line.split("http://")[1].split()[0]
        raise AssertionError(f"the dashboard ended with status {self._process.wait()} before it listened")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()
