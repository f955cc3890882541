"""Speed and memory of the Replay page in headless Chromium, against its targets.

    python -m benchmarks.replay [--run RUN] [--seconds S] [--opens N] [--out FILE]

RUN is a run folder with a game that is explained at least six times, and is only read; without one, a run is made of
the shipped agents. The dashboard runs as `rlxai dashboard` does, in a process of its own. The figures need an idle
machine: each line says what the load was.
"""

from __future__ import annotations

import argparse
import os
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser

from benchmarks.long_game import CAP, lengthen_game
from benchmarks.replay_page import Memory, ReplayPage, opened
from benchmarks.report import processor, table
from benchmarks.video import subject
from rlxai.errors import RunError
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.replay.chunks import CHUNK
from rlxai.replay.listing import MapSource, ReplayEpisode, replay_episodes
from rlxai.store import Run, open_run
from tests.browser.conftest import serving

OUT = Path(__file__).with_name("replay.md")
HEADER = ("figure", "measured", "target", "met", "load")
PANELS = {2: 60.0, 6: 45.0}
"""Number of panels -> pictures a second that are to be reached."""
METHODS = ("gradient-x-input", "grad-cam")
"""Beside the LRP of `benchmarks.video`: six panels of two snapshots."""
DECISIONS = 600
WALK = 60
"""Seeks over the longest game: enough chunks to fill the cache several times."""
MEGABYTE = 1e6
COUNTING = 0.002
"""Share by which a rate counted over 8 seconds may be off: one paint of 480."""


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        name: what was measured, with its unit.
        value: as measured; of several values the one that counts for the target.
        text: the value and those beside it.
        least: target, where more is better.
        most: target, where less is better.
        load: of the machine meanwhile: processes that want to run, over the last minute.
    """

    name: str
    value: float
    text: str
    load: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.least is not None:
            return self.value >= self.least * (1 - COUNTING)
        return None if self.most is None else self.value <= self.most

    def cells(self) -> tuple[str, ...]:
        """Of the table."""
        target = "-"
        if self.least is not None:
            target = f">= {self.least:g}"
        elif self.most is not None:
            target = f"<= {self.most:g}" if self.most else "0"
        return self.name, self.text, target, {True: "yes", False: "NO", None: "-"}[self.met], f"{self.load:.1f}"


def figure(name: str, value: float, text: str | None = None, **target: float) -> Figure:
    """A figure with the load of the machine now."""
    return Figure(name, value, f"{value:,.0f}" if text is None else text, os.getloadavg()[0], **target)


def playing(page: ReplayPage, panels: int, seconds: float) -> Iterator[Figure]:
    """Figures of play at the game's own speed, 60 emulator frames a second."""
    found = page.play(seconds)
    gap, slow = np.percentile(found["gaps"], [50, 95])
    usual, late = np.percentile(found["ticks"], [50, 95])
    yield figure(
        f"{panels} panels: pictures a second", found["draws"],
        f"{found['draws']:.1f} (of {found['paints']:.1f} paints)", least=PANELS[panels],
    )  # fmt: skip
    yield figure(f"{panels} panels: ms between paints, p50 / p95", slow, f"{gap:.1f} / {slow:.1f}")
    yield figure(f"{panels} panels: ms of JS for a picture, p50 / p95", late, f"{usual:.1f} / {late:.1f}")
    yield figure(f"{panels} panels: websocket messages while playing", found["messages"], most=0)


def opening(browser: Browser, address: str, episode: ReplayEpisode, maps: list[MapSource], opens: int) -> list[Figure]:
    """Figures of the first picture. Each time the browser's cache is empty; the server's only the first time."""
    times = []
    for _ in range(1 + opens):
        with ReplayPage(browser, address, episode, maps) as page:
            times.append(page.first)
    return [
        figure("first picture after mounting, ms: server just started", times[0], most=250),
        figure(f"first picture after mounting, ms: median of {opens} further", median(times[1:]), most=250),
    ]


def seeking(page: ReplayPage, last: int) -> Figure:
    """Seeks back and forth within what is loaded: the first two chunks."""
    reach = min(2 * CHUNK, last)
    times = [page.seek(17 * i % reach) for i in range(reach + 60)][-60:]
    middle, slow = np.percentile(times, [50, 95])
    return figure("seek in loaded chunks, ms, p50 / p95 of 60", slow, f"{middle:.1f} / {slow:.1f}", most=50)


def long(page: ReplayPage, decisions: int) -> Iterator[Figure]:
    """Figures of a game of the longest kind: a walk through all of it, then its end."""
    yield figure(f"{decisions:,} decisions: first picture, ms", page.first, most=250)
    yield figure(f"{decisions:,} decisions: seek to the end, ms", page.seek(decisions - 1))
    times, held = [], []
    for t in np.linspace(0, decisions - CHUNK, WALK, dtype=int):
        times.append(page.seek(int(t)))
        held.append(page.memory())
    middle, slow = np.percentile(times, [50, 95])
    yield figure(
        f"{decisions:,} decisions: seek to chunks not loaded, ms, p50 / p95", slow, f"{middle:.0f} / {slow:.0f}"
    )
    yield from remembered(f"{decisions:,} decisions: highest", held)


def remembered(name: str, held: Sequence[Memory]) -> Iterator[Figure]:
    """Figures of memory, in MB."""
    yield figure(f"{name} cache of chunks, MB", max(one.cache for one in held) / MEGABYTE, most=256)
    yield figure(f"{name} memory of the page, MB", max(one.page for one in held) / MEGABYTE, most=256)
    processes = [one.process for one in held if one.process is not None]
    if processes:
        yield figure(f"{name} memory of its process, MB", max(processes) / MEGABYTE)


def measure(run: Run, folder: Path, browser: Browser, seconds: float, opens: int) -> Iterator[Figure]:
    """All lines of the table."""
    episode, maps = shown(run)
    with serving(run.path) as address:
        yield from opening(browser, address, episode, maps[:2], opens)
        for panels in PANELS:
            with ReplayPage(browser, address, episode, maps[:panels]) as page:
                yield from playing(page, panels, seconds)
                if panels == 2:
                    yield seeking(page, episode.decisions)
    longer = workflow.copy_series(run.path, folder / "long")
    sources = [run.commit("attribution", source.task) for source in maps[:2]]
    made = lengthen_game(run, run.commit("episode", episode.task), sources, longer)
    (longest,) = (one for one in replay_episodes(longer)[0] if one.task == made.task)
    with serving(longer.path) as address, ReplayPage(browser, address, longest, list(longest.maps)) as page:
        yield from long(page, CAP)


def shown(run: Run) -> tuple[ReplayEpisode, list[MapSource]]:
    """The game that is explained most, and six of its maps, the first two of different snapshots where possible.

    Raises:
        RunError: no game has six.
    """
    for episode in replay_episodes(run)[0]:
        if len(episode.maps) >= max(PANELS):
            ends = [episode.maps[0], next((m for m in episode.maps if m.step != episode.maps[0].step), episode.maps[1])]
            return episode, [*ends, *(source for source in episode.maps if source not in ends)][: max(PANELS)]
    raise RunError(f"{run.path}: no game is explained by {max(PANELS)} maps")


def example(folder: Path) -> Run:
    """A run of the shipped agents with one game, explained by two snapshots and three methods."""
    run, episode, maps = subject(folder, DECISIONS)
    steps = [run.snapshot(int(commit.spec["step"])) for commit in maps]
    workflow.explain_episode(run, episode, steps, Serial(), quiet, method_names=METHODS, targets=["advantage"])
    return run


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--opens", type=int, default=5)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    figures = []
    with opened() as (browser, place):
        run = example(place) if chosen.run is None else open_run(chosen.run)
        for one in measure(run, place, browser, chosen.seconds, chosen.opens):
            print(*one.cells(), sep="  ", flush=True)
            figures.append(one)
        body = f"# Speed and memory of Replay\n\n{_setting(browser.version, before)}\n\n"
    text = table(HEADER, (one.cells() for one in figures))
    print(f"\n{text}")
    chosen.out.write_text(f"{body}{text}\n", encoding="utf-8")


def _setting(version: str, before: float) -> str:
    text = (
        f"Written by `make bench-replay`. {date.today().isoformat()}. {processor()}, {os.cpu_count()} cores, load "
        f"before the start {before:.1f}; headless Chromium {version} without a GPU, 1440 x 900. Load counts browser "
        "and server too: what is above 2 or so comes from elsewhere and makes every time worse. A picture is a new "
        "emulator frame under the maps of all panels, drawn while the game plays at its own 60 frames a second; a "
        "paint is an animation frame of the browser. Memory of the page is its JS heap, DOM and array buffers before "
        "collection; its process has the browser's own code and heap besides. MB are 10^6 bytes."
    )
    return textwrap.fill(text, 120)


if __name__ == "__main__":
    main()
