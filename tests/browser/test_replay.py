"""The replay as a person uses it."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.browser.watched import Watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
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
    page.keyboard.press("Home")
    shared.wait_for_decision(0)
    shared.until_loaded()
    return shared


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Callable[..., Watched]]:
    pages: list[Watched] = []

    def open_(path: str = "", **context: Any) -> Watched:
        pages.append(Watched(browser, address, path, **context))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()


def test_both_panels_show_the_game_under_different_maps(replay):
    first, second = np.array(replay.pixels(0)), np.array(replay.pixels(1))
    assert len(np.unique(first.reshape(-1, 4), axis=0)) > 10
    assert (first != second).any()


def test_nothing_went_wrong_and_nothing_was_asked_of_another_host(replay):
    assert replay.errors == []
    assert replay.foreign == []


def test_playing_advances_and_sends_nothing_to_python(replay):
    replay.page.wait_for_timeout(600)  # the report of the position before
    replay.sent.clear()
    replay.page.keyboard.press(" ")
    replay.wait_to_play_past(12)
    sent_while_playing = list(replay.sent)
    replay.page.keyboard.press(" ")
    assert sent_while_playing == []
    assert replay.decision() >= 12


def test_keys_step(replay):
    page = replay.page
    for key, t in (("ArrowRight", 1), ("Shift+ArrowRight", 11), ("ArrowLeft", 10), ("End", 139), ("Home", 0)):
        page.keyboard.press(key)
        replay.wait_for_decision(t)


def test_one_report_for_many_quick_steps(replay):
    replay.page.wait_for_timeout(600)
    replay.sent.clear()
    for _ in range(5):
        replay.page.keyboard.press("ArrowRight")
    replay.page.wait_for_function("() => location.search.includes('t=5')")
    assert len(replay.sent) == 1


def test_a_step_changes_the_picture(replay):
    before = replay.pixels()
    replay.page.keyboard.press("Shift+ArrowRight")
    replay.wait_for_decision(10)
    assert replay.pixels() != before


def test_a_click_on_the_timeline_seeks(replay):
    box = replay.page.locator("[data-ref=plot]").bounding_box()
    replay.page.mouse.click(box["x"] + box["width"] * 100.5 / 140, box["y"] + 20)
    replay.wait_for_decision(100)
    cursor = replay.page.locator("[data-ref=cursor]").bounding_box()
    assert cursor["x"] == pytest.approx(box["x"] + box["width"] * 100 / 140, abs=2)


def test_the_method_key_changes_pixels_and_legend(replay):
    before = replay.pixels(1)
    name = replay.page.locator("[data-ref=method]").input_value()
    replay.page.keyboard.press("m")
    replay.until_loaded()
    replay.page.wait_for_timeout(300)
    other = replay.page.locator("[data-ref=method]").input_value()
    assert other != name
    assert other in replay.page.locator("figcaption").nth(1).inner_text()
    assert replay.pixels(1) != before
    replay.page.keyboard.press("m")
    replay.page.wait_for_timeout(300)
    assert replay.pixels(1) == before


def test_dimming_and_opacity_change_pixels(replay):
    seen = {tuple(replay.pixels())}
    replay.page.keyboard.press("d")
    replay.page.wait_for_timeout(100)
    seen.add(tuple(replay.pixels()))
    replay.page.locator("[data-ref=opacity]").fill("0")
    replay.page.wait_for_timeout(100)
    seen.add(tuple(replay.pixels()))
    assert len(seen) == 3
    replay.page.locator("[data-ref=opacity]").fill("0.85")
    replay.page.locator("[data-ref=dim]").check()


def test_scale_is_said_and_changes_with_its_mode(replay):
    legend = replay.page.locator(".legend span").nth(1)
    before = legend.inner_text()
    replay.page.locator("[data-ref=scale]").select_option("frame")
    replay.page.wait_for_timeout(200)
    assert legend.inner_text() != before
    assert "this decision" in replay.page.locator("figcaption").first.inner_text()
    replay.page.locator("[data-ref=scale]").select_option("episode")


def test_the_address_comes_back_to_the_view(opened):
    watched = opened("?t=70&a=1000&b=none&method=grad-cam").ready()
    watched.wait_for_decision(70)
    assert watched.page.locator("[data-ref=method]").input_value() == "grad-cam"
    assert watched.page.locator(".panel-head select").nth(1).input_value() == ""


def test_a_broken_chunk_is_said_and_the_player_lives(opened, browser, address):
    watched = opened()
    watched.page.route("**/frames/1?*", lambda route: route.fulfill(status=200, body=b"short"))
    watched.ready()
    watched.page.keyboard.press("End")
    watched.wait_for_decision(139)
    watched.until_loaded()
    watched.page.locator("[data-ref=goto]").fill("70")
    watched.page.keyboard.press("Enter")
    watched.page.get_by_text("could not load: the frames arrived incomplete").wait_for()
    watched.page.keyboard.press("Home")
    watched.wait_for_decision(0)
    watched.until_loaded()
    assert watched.errors == []


def test_training_shows_its_charts_from_this_host_alone(opened):
    watched = opened("training")
    watched.page.locator("[data-testid=stVegaLiteChart] .marks").nth(2).wait_for(timeout=60_000)
    assert watched.errors == []
    assert watched.foreign == []
