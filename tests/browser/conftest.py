"""A real dashboard for the browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlxai.pipeline import Serial, quiet, workflow
from rlxai.store import Run
from tests.browser.rows_page import build, open_rows
from tests.browser.watched import Watched
from tests.small_run import METHODS, build_small_run
from tests.trusted_run import add_trust

OWN_DECISIONS = 90
"""Length of the game that the other snapshot played itself."""


@pytest.fixture(scope="session")
def shown_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with a game that both snapshots explain, one of the other snapshot's own, and a ledger; read only."""
    run = build_small_run(tmp_path_factory.mktemp("browser") / "small", strategy=True)
    first = run.snapshots()[0]
    (own,) = workflow.record_games(run, [first], Serial(), quiet, max_decisions=OWN_DECISIONS, epsilon=0.5)
    workflow.explain_episode(run, own, [first], Serial(), quiet, method_names=METHODS[:1], targets=("advantage",))
    add_trust(run)
    return run


@pytest.fixture(scope="session")
def address(browser: Any, shown_run: Run) -> Iterator[str]:
    """Where `rlxai dashboard` of the small run listens; not started where there is no browser."""
    with serving(shown_run.path) as url:
        yield url


@pytest.fixture(scope="session")
def shared(browser: Any, address: str) -> Iterator[Watched]:
    watched = Watched(browser, address).ready()
    yield watched
    watched.close()


@pytest.fixture
def replay(shared: Watched) -> Watched:
    """One open page, brought back to decision 0, paused; loading Streamlit anew for each test would take most time."""
    page = shared.page
    if page.get_by_role("button", name="Pause").count():
        page.keyboard.press(" ")
    page.mouse.move(5, 5)
    page.keyboard.press("Home")
    shared.wait_for_decision(0)
    shared.until_loaded()
    return shared


@pytest.fixture(scope="module")
def timelines(browser: Any) -> Iterator[Any]:
    """A page with nothing but timelines, yet to be built."""
    page = open_rows(browser)
    yield page
    page.close()


@pytest.fixture
def rows(timelines: Any) -> Any:
    """Timelines of a game of 1000 decisions, two panels."""
    build(timelines, 1000)
    return timelines


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Callable[..., Watched]]:
    pages: list[Watched] = []

    def open_(path: str = "", **context: Any) -> Watched:
        pages.append(Watched(browser, address, path, **context))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()


class serving:
    """`rlxai dashboard RUN` as a process of its own, for as long as the block runs."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def __enter__(self) -> str:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rlxai", "dashboard", str(self._run), "--port", str(_free_port())],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "http://" in line:
                return "http://" + line.split("http://")[1].split()[0]
        raise AssertionError(f"the dashboard ended with status {self._process.wait()} before it listened")

    @property
    def process(self) -> int:
        """Number of the server's process."""
        return self._process.pid

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()


def _free_port() -> int:
    """One that no other process of the tests looks at: two that search from the same one on may both find it free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
