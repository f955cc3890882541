"""Replay in headless Chromium, timed by replay_probe.js from inside the page and counted by DevTools from outside."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from playwright.sync_api import Browser, WebSocket, sync_playwright

from rlxai.replay.listing import MapSource, ReplayEpisode
from tests.conftest import chromium

PROBE = Path(__file__).with_name("replay_probe.js")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
"""Software compositing: no GPU is asked for, so that the figures are those of any machine."""


@contextmanager
def opened() -> Iterator[tuple[Browser, Path]]:
    """Chromium, and a folder for runs; both are gone afterwards.

    Raises:
        SystemExit: there is no Chromium.
    """
    path = chromium()
    if path is None:
        raise SystemExit("no Chromium found: install one, or set RLXAI_CHROMIUM to its path")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser, Path(folder)
        finally:
            browser.close()


@dataclass(frozen=True)
class Memory:
    """Bytes that the page holds."""

    cache: int
    """What the player's cache of chunks counts."""
    page: int
    """JS heap, DOM and array buffers, among them those of the cache that wait to be collected."""
    process: int | None
    """Private memory of the renderer process, the browser's own code and heap included; None where not told."""


class ReplayPage:
    """The player open in a browser context of its own, so that nothing is in the browser's cache.

    Args:
        browser: a running Chromium.
        address: of the dashboard.
        episode: to be shown.
        maps: one panel each.
    """

    def __init__(self, browser: Browser, address: str, episode: ReplayEpisode, maps: list[MapSource]) -> None:
        self._browser = browser
        self._context = browser.new_context(viewport={"width": 1440, "height": 900})
        self._context.add_init_script(path=PROBE)
        self._page = self._context.new_page()
        self._told = 0
        self._page.on("websocket", self._count)
        panels = ";".join(f"{source.step},{source.method},{source.target}" for source in maps)
        self._page.goto(f"{address}/?{urlencode({'episode': episode.task, 'p': panels})}")
        self._page.wait_for_function("() => window.probe?.player", timeout=60_000)
        self.first: float = self._page.evaluate("() => probe.opened()")
        """Milliseconds from the player's mounting to its first picture with all maps."""
        shown = self._page.evaluate("() => probe.player.choice.panels.length")
        if shown != len(maps):
            raise RuntimeError(f"{len(maps)} panels were asked for, {shown} are shown")
        self._devtools = self._context.new_cdp_session(self._page)

    def __enter__(self) -> ReplayPage:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()

    def play(self, seconds: float) -> dict[str, Any]:
        """See `probe.play`; `messages` counts what passed over the websocket meanwhile, either way."""
        self._page.wait_for_timeout(1000)  # the report of the view before
        told = self._told
        if not told:
            raise RuntimeError("no websocket message was seen at all, so that their number would mean nothing")
        found = cast("dict[str, Any]", self._page.evaluate("seconds => probe.play(seconds)", seconds))
        # What pausing reports comes 200 ms later.
        return {**found, "messages": self._told - told}

    def seek(self, t: int) -> float:
        """Milliseconds until decision t is on the screen."""
        return float(self._page.evaluate("t => probe.seek(t)", t))

    def memory(self) -> Memory:
        """What is held now, without asking for a collection."""
        heap = self._devtools.send("Runtime.getHeapUsage")
        page = heap["usedSize"] + heap.get("embedderHeapUsedSize", 0) + heap.get("backingStorageSize", 0)
        return Memory(int(self._page.evaluate("() => probe.cache().bytes")), int(page), self._process())

    def _process(self) -> int | None:
        """Of the largest renderer: the others wait for pages to come."""
        session = self._browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        sizes = [_private(int(process["id"])) for process in processes if process["type"] == "renderer"]
        return max((size for size in sizes if size is not None), default=None)

    def _count(self, socket: WebSocket) -> None:
        def one(_: object) -> None:
            self._told += 1

        socket.on("framesent", one)
        socket.on("framereceived", one)


def _private(process: int) -> int | None:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    return 1024 * sum(int(size) for size in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB$", text, re.MULTILINE))
