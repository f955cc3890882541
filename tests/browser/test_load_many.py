"""Many on one dashboard: while the run is being written, again and again, and beside clients that do not read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from rlxai.replay.answers import addresses
from rlxai.replay.listing import replay_episodes
from rlxai.store import Run, open_run
from tests.browser.conftest import serving
from tests.browser.crowd import crowd, fetch, mute, reading, resident, stalled, visiting
from tests.browser.watched import Watched, within

pytestmark = pytest.mark.browser

PAGES = 3
"""Real ones; a browser costs far more than the server does for it. `benchmarks/load.py` opens 20."""
VISITORS = 17
"""Sessions without a browser."""
MEGABYTE = 2**20
QUICKLY = "const usual = window.setInterval; window.setInterval = (f, ms, ...rest) => usual(f, ms / 20, ...rest)"
"""So that the player asks for news every 0.5 s, not every 10 s."""


@pytest.fixture(scope="module")
def growing(shown_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A copy of the shown run that a test may change."""
    return open_run(shutil.copytree(shown_run.path, tmp_path_factory.mktemp("many") / "growing"))


@pytest.fixture(scope="module")
def server(browser: Any, growing: Run) -> Iterator[serving]:
    server = serving(growing.path)
    with server as server.address:
        yield server


@pytest.fixture(scope="module")
def chunks(growing: Run) -> list[str]:
    """Addresses of all chunks of the longest game."""
    episode = max(replay_episodes(growing)[0], key=lambda e: (len(e.maps), e.decisions))
    return [f"/rlxai/growing/{path}" for path in addresses(episode, episode.maps) if path[-1].isdigit()]


def contexts(browser: Any) -> Iterator[Any]:
    for _ in range(PAGES):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(QUICKLY)
        yield context


def explaining(run: Run, method: str) -> subprocess.Popen[bytes]:
    """Maps of the shown game by a further method, made by another process."""
    player = replay_episodes(run)[0][0].step
    command = [sys.executable, "-m", "rlxai", "explain", str(run.path), "--method", method, "--on", str(player)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})


def test_twenty_visitors_of_a_run_that_is_being_written(browser: Any, growing: Run, server: serving, chunks: list[str]):
    pages = [Watched(within(context), server.address) for context in contexts(browser)]
    for page in pages:
        page.ready()
    offered = [page.page.locator("[data-ref=method] option") for page in pages]
    assert all("occlusion" not in " ".join(options.all_inner_texts()) for options in offered)
    writer = explaining(growing, "occlusion")
    replies = []
    with visiting(server.address, VISITORS) as visitors, reading(visitors) as taken:
        while writer.poll() is None or len(taken) < VISITORS:
            replies += crowd(server.address, chunks, clients=4, each=10)
        for options in offered:
            options.filter(has_text="occlusion").first.wait_for(state="attached")
    assert writer.wait() == 0
    assert {reply.status for reply in replies} == {200}
    assert min(taken.values()) > 2000, "every visitor was sent a page"
    for page in pages:
        page.until_loaded()
        assert page.errors == []
        page.close()


def test_memory_does_not_grow_with_visits(server: serving, chunks: list[str]):
    def visit() -> int:
        with visiting(server.address, 10) as visitors, reading(visitors) as taken:
            crowd(server.address, chunks, clients=4, each=20)
            while len(taken) < len(visitors):
                fetch(server.address, chunks[0])
        return resident(server.process)

    for _ in range(2):
        before = visit()
    for _ in range(3):
        after = visit()
    assert after < before + 40 * MEGABYTE


def test_slow_clients_harm_nobody(server: serving, chunks: list[str]):
    largest = max(chunks, key=lambda path: fetch(server.address, path).size)
    before = resident(server.process)
    with (
        stalled(server.address, largest, 50) as lazy,
        reading(lazy, pause=1, most=1),
        mute(server.address, 50),
        visiting(server.address, 3, reruns=3),
    ):
        replies = crowd(server.address, chunks, clients=8, each=20)
        assert {reply.status for reply in replies} == {200}
        assert fetch(server.address, "/_stcore/health").status == 200
        assert resident(server.process) < before + 100 * MEGABYTE
