"""The replay as a person uses it."""

from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

pytestmark = pytest.mark.browser


def test_both_panels_show_the_game_under_different_maps(replay):
    first, second = replay.pixels(0), replay.pixels(1)
    assert len(np.unique(np.frombuffer(first, np.uint8).reshape(-1, 3), axis=0)) > 10
    assert first != second


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
    replay.page.evaluate(  # at once: on a busy machine keys sent one by one are not quick
        "for (let i = 0; i < 5; i++) document.body.dispatchEvent("
        "new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))"
    )
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
    replay.until_drawn()
    replay.until_loaded()
    replay.until_drawn()
    other = replay.page.locator("[data-ref=method]").input_value()
    assert other != name
    assert other in replay.page.locator("figcaption").nth(1).inner_text()
    assert replay.pixels(1) != before
    replay.page.keyboard.press("m")
    replay.until_drawn()
    assert replay.pixels(1) == before


def test_dimming_and_opacity_change_pixels(replay):
    seen = {replay.pixels()}
    replay.page.keyboard.press("d")
    replay.until_drawn()
    seen.add(replay.pixels())
    replay.page.locator("[data-ref=opacity]").fill("0")
    replay.until_drawn()
    seen.add(replay.pixels())
    assert len(seen) == 3
    replay.page.locator("[data-ref=opacity]").fill("0.85")
    replay.page.locator("[data-ref=dim]").check()


def test_scale_is_said_and_changes_with_its_mode(replay):
    legend = replay.page.locator(".legend span").nth(1)
    before = legend.inner_text()
    replay.page.locator("[data-ref=scale]").select_option("frame")
    replay.until_drawn()
    assert legend.inner_text() != before
    assert "this decision" in replay.page.locator("figcaption").first.inner_text()
    replay.page.locator("[data-ref=scale]").select_option("episode")


def test_the_address_comes_back_to_the_view(opened):
    words = (
        "t=70&p=1000,grad-cam,advantage&cmap=bwr&scale=running&opacity=0.4&dim=0&smooth=1&loop=60-80&marks=70:why%253F"
    )
    watched = opened(f"?{words}").ready()
    watched.wait_for_decision(70)
    page = watched.page
    assert page.locator("[data-ref=method]").input_value() == "grad-cam"
    assert page.locator(".panel").count() == 1
    assert page.locator("[data-ref=cmap]").input_value() == "bwr"
    assert page.locator("[data-ref=scale]").input_value() == "running"
    assert not page.locator("[data-ref=dim]").is_checked()
    assert page.locator(".mark-note").input_value() == "why?"
    page.get_by_text("60–80").wait_for()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('t=71')")
    there = dict(parse_qsl(urlsplit(page.url).query))
    for word in ("p", "cmap", "scale", "opacity", "dim", "smooth", "loop", "marks"):
        assert there[word] == dict(parse_qsl(words))[word]


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


def test_nothing_waits_for_what_ram_tells_and_its_damage_is_said(opened):
    watched = opened("?t=70")
    watched.page.route("**/played?*", lambda route: route.fulfill(status=500, body="episode.zarr/ram is damaged"))
    watched.page.wait_for_selector(".panel canvas", timeout=60_000)
    watched.wait_for_decision(70)
    watched.page.get_by_text("could not load: episode.zarr/ram is damaged").wait_for()
    watched.page.locator("[data-ref=now]", has_text="lift").wait_for()
    watched.page.keyboard.press("ArrowRight")
    watched.wait_for_decision(71)
    assert watched.errors == []


def test_training_shows_its_charts_from_this_host_alone(opened):
    watched = opened("training")
    watched.page.locator("[data-testid=stVegaLiteChart] .marks").nth(2).wait_for(timeout=60_000)
    assert watched.errors == []
    assert watched.foreign == []
