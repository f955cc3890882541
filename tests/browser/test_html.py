"""The exported page, opened from a folder as its reader does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlxai.replay.html import export_html
from rlxai.replay.listing import replay_episodes
from rlxai.store import Run

pytestmark = pytest.mark.browser


class Page:
    """A page from a file, and all that it asks for and that goes wrong in it."""

    def __init__(self, browser: Any, path: Path, words: str = "", **context: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 1000}, **context)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.address = f"file://{path}{words}"
        self.page.goto(self.address)
        self.page.wait_for_selector(".panel canvas")
        self.loaded()

    def loaded(self) -> None:
        self.page.wait_for_function("() => document.querySelector('[data-ref=status]').textContent === ''")

    def at(self, t: int) -> None:
        self.page.wait_for_function(f"() => document.querySelector('[data-ref=goto]').value == {t}")

    def pixels(self, panel: int = 0) -> np.ndarray:
        values = self.page.evaluate(
            "panel => { const c = document.querySelectorAll('.screen')[panel].querySelector('canvas');"
            " return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data) }",
            panel,
        )
        return np.array(values).reshape(-1, 4)


@pytest.fixture(scope="module")
def whole(shown_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "whole.html"
    export_html(shown_run, game(shown_run), None, path)
    return path


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_(path: Path, words: str = "", **context: Any) -> Page:
        pages.append(Page(browser, path, words, **context))
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()


def game(run: Run) -> Any:
    """The game that is explained most."""
    task = replay_episodes(run)[0][0].task
    return next(commit for commit in run.commits("episode") if commit.task == task)


def test_it_plays_from_a_folder_and_asks_for_nothing(opened, whole):
    shown = opened(whole)
    first = shown.pixels()
    assert len(np.unique(first, axis=0)) > 10
    assert (shown.pixels(1) != first).any()
    shown.page.keyboard.press(" ")
    shown.page.wait_for_function("() => Number(document.querySelector('[data-ref=goto]').value) >= 12")
    shown.page.keyboard.press(" ")
    shown.page.keyboard.press("End")
    shown.at(139)
    shown.loaded()
    assert (shown.pixels() != first).any()
    assert shown.asked == [shown.address]
    assert shown.errors == []


def test_it_has_query_and_timelines(opened, whole):
    shown = opened(whole)
    shown.page.locator("[data-ref=query] input").first.fill("t >= 100 and t < 103")
    shown.page.keyboard.press("Enter")
    shown.page.get_by_text(re.compile(r"\b3 of 140|3 decisions|3 hits")).first.wait_for()
    box = shown.page.locator("[data-ref=plot]").bounding_box()
    shown.page.mouse.click(box["x"] + box["width"] * 70.5 / 140, box["y"] + box["height"] / 2)
    shown.at(70)
    assert shown.errors == []


def test_its_address_comes_back_to_the_view(opened, whole):
    first = opened(whole)
    first.page.keyboard.press("End")
    first.page.wait_for_function("() => location.hash.includes('t=139')")
    again = opened(whole, first.page.evaluate("() => location.hash"))
    again.at(139)
    assert (again.pixels() == first.pixels()).all()


def test_a_range_opens_at_its_start_and_is_not_left(opened, shown_run, tmp_path):
    played = game(shown_run)
    maps = [commit for commit in shown_run.commits("attribution") if commit.spec["episode"] == played.task]
    export_html(shown_run, played, maps[:1], tmp_path / "part.html", start=70, stop=100)
    shown = opened(tmp_path / "part.html")
    shown.at(70)
    assert len(np.unique(shown.pixels(), axis=0)) > 10
    for key, t in (("ArrowLeft", 70), ("End", 99), ("ArrowRight", 99), ("Home", 70)):
        shown.page.keyboard.press(key)
        shown.at(t)
    assert shown.errors == []


def test_a_damaged_chunk_is_said_and_the_player_lives(opened, whole, tmp_path):
    text = whole.read_text()
    start = text.index('/frames/1">') + len('/frames/1">')
    (tmp_path / "damaged.html").write_text(text[:start] + "AAAA" + text[start + 4 :])
    shown = opened(tmp_path / "damaged.html")
    shown.page.locator("[data-ref=goto]").fill("70")
    shown.page.keyboard.press("Enter")
    shown.page.get_by_text("could not load").wait_for()
    shown.page.keyboard.press("Home")
    shown.at(0)
    shown.loaded()


def test_it_is_dark_where_the_reader_wants_it(opened, whole):
    grounds = {
        scheme: opened(whole, color_scheme=scheme).page.evaluate(
            "() => getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    }
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}
