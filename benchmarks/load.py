"""A dashboard under load: many browsers on one run while it is being written, and clients that do not read.

    python -m benchmarks.load [--run RUN] [--pages N] [--rounds N] [--slow N] [--out FILE]

RUN is a run folder with a game that is explained; it is copied, never changed. Without one, a run is made of the
shipped agents. The dashboard runs as `rlxai dashboard` does, in a process of its own, whose memory is read from
outside; another process adds maps to the run meanwhile.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.replay import example
from benchmarks.replay_page import PROBE, opened
from benchmarks.report import processor, table
from rlxai.replay.answers import addresses
from rlxai.replay.listing import ReplayEpisode, replay_episodes
from rlxai.store import Run, open_run
from tests.browser.conftest import serving
from tests.browser.crowd import Probe, Reply, fetch, mute, reading, resident, stalled, visiting

OUT = Path(__file__).with_name("load.md")
HEADER = ("while", "answers", "not 200", "p50 ms", "p95 ms", "max ms", "server MB", "remark")
METHOD = "gradient"
"""What the other process computes meanwhile."""
MEGABYTE = 1e6
WAIT = 180_000
"""Milliseconds within which a page shows something, on a machine that draws all of them itself."""
SECONDS = 10.0
"""Of each time with plain clients alone."""


def measure(run: Run, browser: Browser, pages: int, rounds: int, slow: int) -> Iterator[tuple[str, ...]]:
    """Lines of the table, as they are measured."""
    episode = replay_episodes(run)[0][0]
    paths = chunk_paths(run, episode)
    server = serving(run.path)
    with server as address, ExitStack() as stack:
        line = _Lines(address, paths, server.process)
        yield line.of("nobody else", lambda: _wait(SECONDS))
        open_ = [stack.enter_context(_page(browser)) for _ in range(pages)]
        yield line.of(f"{pages} pages open", lambda: _open(open_, f"{address}/?episode={episode.task}"))
        yield line.of("they seek", lambda: _seek(open_, episode.decisions))
        for number in range(1, rounds + 1):
            with _explaining(run) if number == 1 else ExitStack():
                what = "they seek and reload" + (", maps are added" if number == 1 else f", time {number}")
                yield line.of(what, lambda: _reload(open_, episode.decisions))
        errors = [text for page in open_ for text in page.evaluate("() => probe.errors")]
        yield (
            "errors in pages",
            *["-"] * 6,
            " / ".join([str(len(errors)), *errors[:1]]),
        )
        largest = max(paths, key=lambda path: fetch(address, path).size)
        with stalled(address, largest, slow) as lazy, mute(address, slow), visiting(address, slow):
            remark = f"{slow} read a byte a second, {slow} stop in a request, {slow} never read the websocket"
            with reading(lazy, pause=1, most=1):
                yield line.of("slow clients come", lambda: _wait(SECONDS), remark)
                yield line.of("they seek beside slow clients", lambda: _seek(open_, episode.decisions))
        stack.close()
        yield line.of("all have gone", lambda: _wait(SECONDS))


class _Lines:
    def __init__(self, address: str, paths: Sequence[str], process: int) -> None:
        self._address, self._paths, self._process = address, paths, process

    def of(self, what: str, work: Any, remark: str = "") -> tuple[str, ...]:
        """A line on the answers to one further client while something goes on."""
        with Probe(self._address, self._paths) as probe:
            said = work()
        return (what, *_figures(probe.replies), f"{resident(self._process) / MEGABYTE:,.0f}", said or remark or "-")


def chunk_paths(run: Run, episode: ReplayEpisode) -> list[str]:
    """Addresses of all chunks of an episode with six maps."""
    return [f"/rlxai/{run.name}/{path}" for path in addresses(episode, episode.maps[:6]) if path[-1].isdigit()]


def _figures(replies: Sequence[Reply]) -> tuple[str, ...]:
    times = 1000 * np.asarray([reply.seconds for reply in replies])
    wrong = sum(reply.status != 200 for reply in replies)
    return (f"{len(replies):,}", str(wrong), *(f"{q:,.0f}" for q in (*np.percentile(times, [50, 95]), times.max())))


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(path=PROBE)
    context.add_init_script(
        "probe.errors = []; addEventListener('error', (event) => probe.errors.push(event.message));"
        "addEventListener('unhandledrejection', (event) => probe.errors.push(String(event.reason)))"
    )
    yield context.new_page()
    context.close()


def _open(pages: Sequence[Page], url: str) -> str:
    for page in pages:
        page.goto(url, wait_until="commit")
    return _shown(pages)


def _shown(pages: Sequence[Page]) -> str:
    for page in pages:
        page.wait_for_function("() => window.probe?.player", timeout=WAIT)
    first = [page.evaluate("() => probe.opened().then(() => probe.first)") for page in pages]
    return f"first picture after {np.median(first) / 1000:.1f} s, the last after {max(first) / 1000:.1f} s"


def _seek(pages: Sequence[Page], decisions: int, times: int = 5) -> str:
    order, took = random.Random(0), []
    for _ in range(times):
        for page in pages:
            page.evaluate("t => { window.sought = probe.seek(t) }", order.randrange(decisions))
        took += [page.evaluate("() => window.sought") for page in pages]
    return f"seek p50 {np.median(took):,.0f} ms, p95 {np.percentile(took, 95):,.0f} ms"


def _reload(pages: Sequence[Page], decisions: int) -> str:
    for page in pages:
        page.reload(wait_until="commit")
    return f"{_shown(pages)}; {_seek(pages, decisions, 2)}"


@contextmanager
def _explaining(run: Run) -> Iterator[None]:
    command = [sys.executable, "-m", "rlxai", "explain", str(run.path), "--method", METHOD]
    writer = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
    yield
    if writer.wait():
        raise RuntimeError(f"{' '.join(command)} ended with status {writer.returncode}")


def _wait(seconds: float) -> str:
    time.sleep(seconds)
    return ""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--slow", type=int, default=20)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    lines = []
    with opened() as (browser, place):
        run = open_run(shutil.copytree(chosen.run, place / "run")) if chosen.run else example(place)
        for line in measure(run, browser, chosen.pages, chosen.rounds, chosen.slow):
            print(*line, sep="  ", flush=True)
            lines.append(line)
    text = table(HEADER, lines)
    setting = (
        f"Written by `python -m benchmarks.load`. {date.today().isoformat()}. {processor()}, {os.cpu_count()} cores, "
        f"load before the start {before:.1f}. The cores serve, draw the pages of all browsers and compute the "
        "maps that are added. Answers are those to one further client that asks for random chunks (frames, masks, six "
        "maps) over a new connection each, 50 ms after the one before. Server MB is the resident memory of the "
        "dashboard's process at the end of the line (10^6 bytes)."
    )
    chosen.out.write_text(f"# The dashboard under load\n\n{textwrap.fill(setting, 120)}\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
