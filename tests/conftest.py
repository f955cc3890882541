"""Runs and agents that tests of several rooms share; all real, all small."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlxai.networks import Agent
from rlxai.pipeline.demo import SERIES
from rlxai.resources import data_dir
from rlxai.store import Run, open_run
from tests.small_run import build_bare_run, untrained_agent

_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="session")
def shipped_series() -> Run:
    """The series in checkpoints/, as a run; read only."""
    return open_run(data_dir("checkpoints") / SERIES)


@pytest.fixture(scope="session")
def shipped_agent(shipped_series: Run) -> Agent:
    """The shipped snapshot with the best evaluation."""
    best = max(shipped_series.snapshots(), key=lambda snapshot: snapshot.meta["provenance"]["evaluation"]["mean"])
    return best.load()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a text, or bytes that are none, into a YAML file."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "mine.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture(scope="session")
def untrained() -> Callable[..., Agent]:
    """A factory of small agents with weights from a seed."""
    return untrained_agent


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[[str], Run]:
    """A factory of runs with two untrained snapshots each."""
    return lambda name: build_bare_run(tmp_path / name)


@pytest.fixture
def generator() -> np.random.Generator:
    """Seeded, so that a failure can be repeated."""
    return np.random.default_rng(0)


def chromium() -> str | None:
    """Path of a Chromium: what RLXAI_CHROMIUM says, else the first on the search path."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("RLXAI_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium for all tests that need one; they are skipped with a reason where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium()
    if path is None:
        pytest.skip("no Chromium found: install one, or set RLXAI_CHROMIUM to its path")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()
