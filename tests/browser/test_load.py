"""Replay when it is not easy: two tabs, damaged files, the longest game, a run that grows meanwhile."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.long_game import CAP, lengthen_game
from benchmarks.replay_page import PROBE
from rlxai.networks import write_snapshot
from rlxai.replay.listing import replay_episodes
from rlxai.store import Commit, Run, open_run
from tests.browser.conftest import serving
from tests.browser.modules import page_with
from tests.browser.watched import Watched, within
from tests.small_run import untrained_agent

pytestmark = pytest.mark.browser

LAST = CAP - 1
SHARD = 128
"""Entries in a file of the long game: two of the player's chunks."""
QUICKLY = "const usual = window.setInterval; window.setInterval = (f, ms, ...rest) => usual(f, ms / 50, ...rest)"
"""So that the player asks for news every 0.2 s, not every 10 s."""


@pytest.fixture(scope="module")
def grown(shown_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A copy of the shown run that a test may change, with a game of 27,000 decisions beside the short ones."""
    folder = tmp_path_factory.mktemp("load") / "grown"
    shutil.copytree(shown_run.path, folder)
    run = open_run(folder)
    shown = replay_episodes(run)[0][0]
    maps = [run.commit("attribution", source.task) for source in shown.maps if source.method == "grad-cam"]
    lengthen_game(run, run.commit("episode", shown.task), maps, run)
    return run


@pytest.fixture(scope="module")
def game(grown: Run) -> Commit:
    return next(commit for commit in grown.commits("episode") if commit.summary["decisions"] == CAP)


@pytest.fixture(scope="module")
def grown_address(browser: Any, grown: Run) -> Iterator[str]:
    with serving(grown.path) as url:
        yield url


@pytest.fixture
def tab(browser: Any, grown_address: str) -> Iterator[Callable[..., Watched]]:
    """Opens the run that may be changed, with a script that runs before those of the page."""
    contexts: list[Any] = []

    def open_(words: str, script: str) -> Watched:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 900}))
        contexts[-1].add_init_script(script)
        return Watched(within(contexts[-1]), grown_address, words).ready()

    yield open_
    for context in contexts:
        context.close()


def colours(watched: Watched) -> int:
    """Different colours in the first panel; a picture that is not there has one."""
    return len(np.unique(np.frombuffer(watched.pixels(), np.uint8).reshape(-1, 3), axis=0))


def seek(watched: Watched, t: int) -> None:
    field = watched.page.locator("[data-ref=goto]")
    field.fill(str(t))
    field.press("Enter")
    field.blur()


def test_two_tabs_have_a_view_each(opened: Callable[..., Watched], address: str):
    one = opened("?t=20&p=0,gradient-x-input,advantage").ready()
    two = Watched(within(one.context), address, "?t=100&cmap=bwr&p=1000,grad-cam,advantage").ready()
    two.wait_for_decision(100)
    still = two.pixels()
    one.page.keyboard.press(" ")
    one.wait_to_play_past(30)
    two.page.keyboard.press("ArrowRight")
    two.wait_for_decision(101)
    two.page.keyboard.press("ArrowLeft")
    two.page.wait_for_function("() => location.search.includes('t=100')")
    one.wait_to_play_past(45)
    one.page.keyboard.press(" ")
    one.page.wait_for_function("() => !location.search.includes('t=20&')")
    assert "cmap" not in one.page.url
    assert "cmap=bwr" in two.page.url
    assert two.decision() == 100
    assert two.pixels() == still
    assert [tab.page.locator("[data-ref=method]").input_value() for tab in (one, two)] == [
        "gradient-x-input", "grad-cam"
    ]  # fmt: skip
    assert one.errors + two.errors == []


def test_damaged_chunks_are_said_and_the_others_play(tab: Callable[..., Watched], grown: Run, game: Commit):
    watched = tab(f"?episode={game.task}&t=5", "")
    maps = next(commit for commit in grown.commits("attribution") if commit.spec["episode"] == game.task)
    frames = shard(game.folder / "episode.zarr" / "screens", 50)
    with altered(frames, flipped), altered(shard(maps.folder / "maps.zarr" / "maps", 70), flipped):
        for t, sentence in ((50 * SHARD + 70, "screens is damaged"), (70 * SHARD, "maps.zarr: frames .* are damaged")):
            seek(watched, t)
            watched.page.get_by_text(re.compile(f"could not load: .*{sentence}")).wait_for()
            watched.page.keyboard.press("Home")
            watched.wait_for_decision(0)
            watched.until_loaded()
        plays_from(watched, 61 * SHARD)
    assert watched.errors == []


def test_a_missing_chunk_is_said_and_the_others_play(tab: Callable[..., Watched], game: Commit):
    watched = tab(f"?episode={game.task}&t=5", "")
    with altered(shard(game.folder / "episode.zarr" / "screens", 60), lambda _: None):
        seek(watched, 60 * SHARD + 70)
        watched.page.get_by_text(re.compile("could not load: .*screens")).wait_for(timeout=10_000)
        plays_from(watched, 61 * SHARD)
    assert watched.errors == []


def plays_from(watched: Watched, t: int) -> None:
    seek(watched, t)
    watched.wait_for_decision(t)
    watched.until_loaded()
    assert colours(watched) > 5
    watched.page.keyboard.press(" ")
    watched.wait_to_play_past(t + 5)
    watched.page.keyboard.press(" ")


def shard(array: Path, number: int) -> Path:
    """A file of an array of the long game."""
    assert len(list((array / "c").iterdir())) == -(-CAP // SHARD)
    (file,) = (path for path in (array / "c" / str(number)).rglob("*") if path.is_file())
    return file


@contextmanager
def altered(file: Path, change: Callable[[bytes], bytes | None]) -> Iterator[None]:
    """Another content, or none, for a while; the file's other names, in other shards, keep theirs."""
    aside = file.with_name("aside")
    file.rename(aside)
    content = change(aside.read_bytes())
    if content is not None:
        file.write_bytes(content)
    try:
        yield
    finally:
        aside.replace(file)


def flipped(content: bytes) -> bytes:
    quarter = len(content) // 4
    return content[:quarter] + bytes(byte ^ 255 for byte in content[quarter:-quarter]) + content[-quarter:]


def test_the_longest_game_opens_seeks_and_zooms_in_bounded_memory(tab: Callable[..., Watched], game: Commit):
    watched = tab(f"?episode={game.task}", PROBE.read_text())
    page = watched.page
    page.keyboard.press("End")
    watched.wait_for_decision(LAST)
    watched.until_loaded()
    assert colours(watched) > 5
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function("() => /zoom=\\d+-27000/.test(location.search)")
    from_ = int(re.search(r"zoom=(\d+)-", page.url)[1])
    assert from_ == pytest.approx(CAP * 3 / 4, abs=2)
    box = page.locator("[data-ref=plot]").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    page.wait_for_function("last => probe.player.head.decision < last", arg=LAST)
    watched.until_drawn()
    assert watched.decision() == pytest.approx((from_ + CAP) / 2, abs=(CAP - from_) / box["width"] + 1)
    held, asked = [], 0
    for t in np.linspace(0, LAST, 16, dtype=int).tolist():
        page.evaluate("t => probe.seek(t)", t)
        held.append(page.evaluate("() => probe.cache()"))
        asked += 2
    assert max(one["bytes"] for one in held) <= held[0]["limit"]
    assert asked * 64 * 4 * 210 * 160 > 1.5 * held[0]["limit"], "the walk asks for more than may be held"
    watched.until_loaded()
    assert watched.errors == []


def test_the_cache_leaves_room_for_heap_timelines_and_chunks_to_be_collected(browser: Any):
    page = page_with(browser, "data")
    assert page.evaluate("() => new Library(null, null).cache.limit") <= 128 * 2**20
    page.close()


def test_a_snapshot_of_a_run_in_training_appears_and_the_view_stays(tab: Callable[..., Watched], grown: Run):
    shown = next(episode for episode in replay_episodes(grown)[0] if episode.decisions < 1000)
    watched = tab(f"?episode={shown.task}&t=30", QUICKLY)
    offered = watched.page.locator("select[aria-label='Snapshot of panel A'] option")
    assert "step 2,000" not in " ".join(offered.all_inner_texts())
    agent = untrained_agent(2000, 2000)
    write_snapshot(agent, grown.snapshots_folder)
    source = grown.commit("attribution", next(m.task for m in shown.maps if m.method == "grad-cam"))
    sha256 = grown.snapshot(2000).sha256
    with grown.attempt("attribution", {**source.spec, "step": 2000, "snapshot": sha256}) as attempt:
        shutil.copytree(source.folder, attempt.folder, dirs_exist_ok=True)
        attempt.summary = dict(source.summary)
    offered.filter(has_text="step 2,000").first.wait_for(state="attached")
    assert watched.decision() == 30
    watched.page.locator("select[aria-label='Snapshot of panel A']").select_option("2000")
    watched.until_loaded()
    watched.page.wait_for_function("() => location.search.includes('2000')")
    assert watched.errors == []
