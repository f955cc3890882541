"""Badges under the panels, and the page that explains them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest

from rlxai.replay.html import export_html
from rlxai.trust.words import SIGNS
from tests.browser.modules import page_with
from tests.browser.test_html import game
from tests.small_run import METHODS

pytestmark = pytest.mark.browser


@pytest.fixture
def badge(replay):
    """The badge under the first panel, which shows gradient × input."""
    replay.page.locator("[data-ref=method]").select_option(METHODS[0])
    replay.until_loaded()
    found = replay.page.locator(".earned").first
    found.get_by_text("trusted").wait_for()
    return found


def test_a_panel_shows_the_badge_of_its_map(replay, badge):
    assert badge.inner_text() == "✓ trusted"
    assert badge.get_attribute("title") == "Trusted: all criteria that were asked are passed."
    replay.page.locator("[data-ref=method]").select_option(METHODS[1])
    badge.get_by_text("✗ misleading").wait_for()
    assert "faithful" in badge.get_attribute("title")
    assert replay.errors == []


def test_a_badge_leads_to_its_explanation_and_the_replay_stays(replay, badge):
    replay.page.locator("[data-ref=method]").select_option(METHODS[1])
    badge.get_by_text("✗ misleading").wait_for()
    with replay.page.expect_popup() as opened:
        badge.click()
    page = opened.value
    try:
        page.get_by_text("Not passed: faithful").first.wait_for(timeout=60_000)
        assert METHODS[1] in page.url
        page.get_by_role("tab", name="Leaderboard").click()
        page.get_by_text("Click a cell to see how its badge was earned").wait_for(timeout=60_000)
        page.locator("[data-testid=stVegaLiteChart] :is(canvas, svg)").first.wait_for()
        page.get_by_role("tab", name="Tests").click()
        page.get_by_text("Above an edge detector").or_(page.locator("[aria-label*='Above an edge']")).first.wait_for(
            state="attached", timeout=60_000
        )
    finally:
        page.close()
    assert replay.page.locator(".panel canvas").first.is_visible()


def test_an_exported_page_shows_badges_and_leads_nowhere(browser, shown_run, tmp_path):
    played = game(shown_run)
    maps = [commit for commit in shown_run.commits("attribution") if commit.spec["episode"] == played.task]
    export_html(shown_run, played, maps[:1], tmp_path / "page.html", stop=20)
    page = browser.new_page()
    try:
        page.goto(f"file://{tmp_path / 'page.html'}")
        found = page.locator(".earned").first
        found.get_by_text(re.compile("trusted|misleading")).wait_for()
        assert found.get_attribute("href") is None
    finally:
        page.close()


def test_signs_and_addresses_of_badges(browser):
    page = page_with(browser, "badge")
    try:
        assert page.evaluate("() => SIGNS") == SIGNS
        shown = {"step": 5, "method": "a&b", "target": "contrast:1:2"}
        address = page.evaluate("shown => trustAddress('/rlxai/my-run', shown)", shown)
        assert parse_qs(address.removeprefix("trust?")) == {
            "run": ["my-run"], "step": ["5"], "method": ["a&b"], "target": ["contrast:1:2"]
        }  # fmt: skip
        assert page.evaluate("shown => trustAddress('', shown)", shown) == ""
    finally:
        page.close()
