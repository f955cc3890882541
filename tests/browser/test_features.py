"""From pictures of units and of embedded states to their frames in Replay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from rlxai.store import Run
from tests.browser.conftest import serving
from tests.browser.watched import Watched
from tests.dashboards.features_run import build_features_run

pytestmark = pytest.mark.browser
_CLICK_LIMIT = 60_000
_LEGEND = 0.08
"""Share of the atlas' height above its cells, roughly: a cell is larger than what this is off by."""


@pytest.fixture(scope="module")
def features_run(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Not built where there is no browser."""
    return build_features_run(tmp_path_factory.mktemp("features") / "small")


@pytest.fixture(scope="module")
def features_address(features_run: Run) -> Iterator[str]:
    with serving(features_run.path) as url:
        yield url


def opens(watched: Watched, link: Any) -> None:
    """The page behind a picture is Replay, at the decision that its address names."""
    address = urlsplit(link.get_attribute("href"))
    wanted = parse_qs(address.query)
    with watched.context.expect_page() as caught:
        link.click()
    other = caught.value
    other.wait_for_selector(".panel canvas", timeout=_CLICK_LIMIT)
    field = other.locator("[data-ref=goto]")
    field.wait_for(timeout=_CLICK_LIMIT)
    other.wait_for_function("t => location.search.includes(`t=${t}`)", arg=wanted["t"][0], timeout=_CLICK_LIMIT)
    assert field.input_value() == wanted["t"][0]
    assert wanted["episode"][0] in other.url
    other.close()


def test_an_exemplar_leads_to_its_frame(browser: Any, features_address: str):
    watched = Watched(browser, features_address, "units")
    page = watched.page
    page.get_by_text("IoU with objects").first.wait_for(timeout=_CLICK_LIMIT)
    opens(watched, page.get_by_test_id("stImageLink").nth(1))
    page.get_by_role("radio", name="outputs").or_(page.get_by_role("button", name="outputs")).first.click()
    page.get_by_text("advantage", exact=True).first.wait_for(timeout=_CLICK_LIMIT)
    opens(watched, page.get_by_test_id("stImageLink").first)
    assert watched.errors == []
    assert watched.foreign == []
    watched.close()


def another_cell(run: Run) -> tuple[float, float]:
    """Place, as a share of the atlas, of a cell that is not shown in full at first."""
    (made,) = [one for one in run.commits("features-embedding") if one.spec["side"]]
    cells = pd.read_parquet(made.folder / "cells.parquet")
    other = cells.drop(index=cells.states.idxmax()).iloc[0]
    return (other.column + 0.5) / made.spec["side"], (other.row + 0.5) / made.spec["side"]


def test_a_clicked_state_shows_its_frame_and_a_cell_its_states(browser: Any, features_run: Run, features_address: str):
    watched = Watched(browser, features_address, "embedding")
    page = watched.page
    page.get_by_text("Activation atlas").wait_for(timeout=_CLICK_LIMIT)
    charts = page.get_by_test_id("stVegaLiteChart")
    charts.first.locator("canvas, svg").first.wait_for(timeout=_CLICK_LIMIT)
    box = charts.first.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 0.85 * box["height"], steps=5)
    page.mouse.up()
    page.get_by_text(re.compile(r"^\d+ of \d+ states; click")).wait_for(timeout=_CLICK_LIMIT)
    opens(watched, page.get_by_test_id("stImageLink").first)
    said = page.get_by_text("is best most often in this cell")
    before = said.inner_text()
    charts.last.scroll_into_view_if_needed()
    atlas = charts.last.bounding_box()
    x, y = another_cell(features_run)
    top = _LEGEND * atlas["height"]
    page.mouse.click(atlas["x"] + x * atlas["width"], atlas["y"] + top + y * (atlas["height"] - top))
    page.wait_for_function("before => !document.body.innerText.includes(before)", arg=before, timeout=_CLICK_LIMIT)
    assert watched.errors == []
    assert watched.foreign == []
    watched.close()
