"""From a loop in Replay to a file on the reader's disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.browser.watched import Watched

pytestmark = pytest.mark.browser


def test_a_loop_in_replay_becomes_a_clip(browser: Any, address: str, tmp_path: Path):
    pytest.importorskip("av")
    watched = Watched(browser, address, "?loop=20-39&t=25", accept_downloads=True).ready()
    page = watched.page
    page.keyboard.press("ArrowRight")
    watched.wait_for_decision(26)
    page.wait_for_function("() => location.search.includes('t=26')")
    page.get_by_role("link", name="Export").click()
    page.get_by_text("80 pictures of 1288 × 1000").wait_for(timeout=60_000)
    assert "--from 20 --to 40" in page.get_by_test_id("stCode").inner_text()
    page.get_by_role("button", name="Make the video").click()
    download = page.get_by_role("button", name="Download")
    download.wait_for(timeout=120_000)
    with page.expect_download() as caught:
        download.click()
    caught.value.save_as(tmp_path / "clip.mp4")
    reader = cv2.VideoCapture(str(tmp_path / "clip.mp4"))
    assert reader.get(cv2.CAP_PROP_FRAME_COUNT) == 80
    assert reader.read()[1].shape == (1000, 1288, 3)
    reader.release()
    assert watched.errors == []
    assert watched.foreign == []
    watched.close()
