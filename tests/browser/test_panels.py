"""Panels, marks, loop, own play and links, as a person uses them."""

import re
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.browser.watched import Watched

pytestmark = pytest.mark.browser


# ---- panels -----------------------------------------------------------------------------------------------------


def letters(watched: Watched) -> str:
    return "".join(watched.page.locator(".letter").all_inner_texts())


def test_views_and_panels_change_what_is_shown(replay):
    page = replay.page
    page.get_by_role("button", name="Methods", exact=True).click()
    replay.until_loaded()
    assert [page.locator(".pick-method").nth(i).input_value() for i in range(2)] == ["grad-cam", "gradient-x-input"]
    assert page.locator("[data-ref=step]").is_visible()
    assert not page.locator("[data-ref=method]").is_visible()
    page.get_by_role("button", name="Free").click()
    page.get_by_role("button", name="Add a panel").click()
    page.get_by_role("button", name="Add a panel").click()
    replay.until_loaded()
    assert letters(replay) == "ABCD"
    assert page.get_by_role("button", name="Add a panel").is_disabled(), "there is nothing else to show"
    assert len({replay.pixels(i) for i in range(4)}) == 4
    page.wait_for_function("() => location.search.split('%3B').length === 4")
    for _ in range(2):
        page.get_by_role("button", name="Remove panel A").click()
    page.get_by_role("button", name="Snapshots").click()
    assert letters(replay) == "AB"
    assert [page.locator(".pick-step").nth(i).input_value() for i in range(2)] == ["0", "1000"]


def test_the_now_column_tells_panels_apart(replay):
    replay.page.keyboard.press("Shift+ArrowRight")
    replay.wait_for_decision(10)
    now = replay.page.locator("[data-ref=now]")
    text = now.inner_text()
    assert "t 10" in text
    assert "action taken" in text
    assert "would press" in text
    assert "gap to 2nd" in text
    assert now.locator(".cell.chosen").count() == 2, "the greedy action of each network"
    assert now.get_by_text("paddle", exact=True).count() == 1


def test_stacked_frames_say_how_much_relevance_they_carry(replay):
    replay.page.locator("[data-ref=method]").select_option("gradient-x-input")
    replay.until_loaded()
    shares = [
        int(text.rstrip(" %")) for text in replay.page.locator(".panel").nth(1).locator(".frame b").all_inner_texts()
    ]
    assert len(shares) == 4
    assert sum(shares) == pytest.approx(100, abs=2)
    assert max(shares) <= 100
    caption = replay.page.locator("figcaption").nth(1)
    assert "every stacked frame" not in caption.inner_text()
    replay.page.locator("[data-ref=method]").select_option("grad-cam")
    caption.get_by_text("the same on every stacked frame, by the method's rule").wait_for()
    assert replay.page.locator(".panel .frame").count() == 0


def test_the_pointer_names_the_object_and_its_relevance(replay):
    page = replay.page
    page.wait_for_timeout(600)  # the report of the position before
    replay.sent.clear()
    box = page.locator(".screen").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.36)  # within the bricks
    page.locator(".pointed", has_text="bricks").first.wait_for()
    assert "R" in page.locator(".pointed").nth(1).inner_text(), "the other panel says it too"
    assert "bricks" in page.locator(".pointer").inner_text()
    drawn = page.locator(".overlay").first.evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((value) => value > 0)"
    )
    assert drawn
    page.mouse.move(5, 5)
    replay.until_drawn()
    assert not page.locator(".overlay").first.is_visible()
    assert replay.sent == []


# ---- marks, loop, jumps -----------------------------------------------------------------------------------------


def test_bookmarks_with_notes_go_into_the_address_and_are_jumped_to(replay):
    page = replay.page
    for t, note in ((11, "first <b>"), (20, "")):
        page.locator("[data-ref=goto]").fill(str(t))
        page.keyboard.press("Enter")
        page.keyboard.press("b")
        if note:
            page.locator(".mark-note").fill(note)
            page.keyboard.press("Enter")
    replay.until_drawn()
    assert page.locator(".chip").all_inner_texts() == ["11 first <b>", "20"]
    page.locator(".kind").select_option("bookmark")
    page.keyboard.press("Home")
    for t in (11, 20):
        page.keyboard.press(".")
        replay.wait_for_decision(t)
    page.keyboard.press(",")
    replay.wait_for_decision(11)
    page.keyboard.press("b")
    replay.until_drawn()
    page.locator(".chip").first.click()
    replay.wait_for_decision(20)
    page.keyboard.press("b")
    replay.until_drawn()
    assert page.locator(".chip").count() == 0
    page.locator(".kind").select_option("event")


def test_jumps_lead_to_disagreements_and_extremes(replay):
    page = replay.page
    for kind in ("highest", "lowest"):
        page.locator(".kind").select_option(kind)
        page.keyboard.press("End")
        page.keyboard.press(",")
        replay.until_drawn()
        assert 0 <= replay.decision() < 139
    page.locator(".kind").select_option("disagreement")
    page.keyboard.press("Home")
    page.keyboard.press(".")
    replay.until_drawn()
    if replay.decision():
        assert "they disagree" in page.locator("[data-ref=now]").inner_text()
    page.locator(".kind").select_option("event")


def test_a_loop_plays_again_and_again(replay):
    page = replay.page
    page.locator("[data-ref=goto]").fill("30")
    page.keyboard.press("Enter")
    page.keyboard.press("i")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("o")
    page.get_by_text("30–36").wait_for()
    page.locator("[data-ref=speed]").select_option("60")
    page.keyboard.press(" ")
    seen = [replay.decision()]
    while len(seen) < 200 and not any(later < earlier for earlier, later in pairwise(seen)):
        page.wait_for_timeout(60)
        seen.append(replay.decision())
    page.keyboard.press(" ")
    page.keyboard.press("x")
    page.locator("[data-ref=speed]").select_option("15")
    assert set(seen) <= set(range(30, 37))
    assert len(seen) < 200, "it began again"


def test_options_change_the_picture(replay):
    page = replay.page
    page.locator("[data-ref=method]").select_option("gradient-x-input")  # signed: its colours can be chosen
    replay.until_drawn()
    replay.until_loaded()
    replay.until_drawn()
    first = replay.pixels()
    for press in ("s", "c"):
        page.keyboard.press(press)
        replay.until_drawn()
        assert replay.pixels() != first
        page.keyboard.press(press)
        if press == "c":
            page.keyboard.press("c")  # three maps: back to the first
        replay.until_drawn()
        assert replay.pixels() == first
    page.locator("[data-ref=threshold]").fill("0.9")
    replay.until_drawn()
    assert replay.pixels() != first
    page.locator("[data-ref=threshold]").fill("0")


# ---- own play, links, help --------------------------------------------------------------------------------------


def test_own_play_shows_two_games_in_step(replay):
    page = replay.page
    page.locator("[data-ref=states]").select_option("own:start")
    page.wait_for_function("() => location.search.includes('sync=own')")
    replay.until_loaded()
    page.keyboard.press("End")
    replay.wait_for_decision(139)
    page.get_by_text(re.compile(r"A has ended · B presses \w+")).wait_for()
    page.keyboard.press("Home")
    page.get_by_text(re.compile(r"A presses \w+ · B presses \w+")).wait_for()
    assert "own game" in page.locator("[data-ref=caption]").inner_text()
    page.locator("[data-ref=states]").select_option("same")
    page.wait_for_function("() => !location.search.includes('sync=own')")


def test_the_copied_link_is_the_view(opened):
    watched = opened("?t=33&p=0,gradient-x-input,advantage", permissions=["clipboard-read", "clipboard-write"]).ready()
    page = watched.page
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    words = dict(parse_qsl(urlsplit(link).query))
    assert words["t"] == "33"
    assert words["p"] == "0,gradient-x-input,advantage"
    assert words["run"] == "small"
    again = opened(link.split("/", 3)[3]).ready()
    again.wait_for_decision(33)
    assert again.pixels() == watched.pixels()


def test_help_names_every_key_and_closes(replay):
    page = replay.page
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard help")
    dialog.wait_for()
    assert "bookmark" in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_dark_pages_have_dark_panels(opened):
    watched = opened("?t=5", color_scheme="dark").ready()
    ground = watched.page.locator("[data-ref=now]").evaluate("node => getComputedStyle(node).backgroundColor")
    assert max(int(value) for value in re.findall(r"\d+", ground)[:3]) < 80
    assert watched.errors == []
