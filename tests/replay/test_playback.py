"""What was written, as browsers and decoders show it."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from rlxai.replay.colour import lut
from rlxai.replay.legend import Legend, Reading
from rlxai.replay.video import write_video
from tests.replay.clips import ORANGE, frames

PLAYED = """async () => {
    const shown = document.querySelector('video, img'), c = document.createElement('canvas');
    if (shown.tagName === 'IMG') await shown.decode();
    else await new Promise((done) => {
        const plays = () => shown.error || (shown.currentTime > 0.1 && shown.readyState >= 2);
        const look = () => (plays() ? done() : setTimeout(look, 20));
        look();
    });
    c.width = shown.videoWidth || shown.naturalWidth; c.height = shown.videoHeight || shown.naturalHeight;
    const x = c.getContext('2d'); x.drawImage(shown, 0, 0);
    return {error: shown.error?.message ?? null, size: [c.width, c.height],
            orange: [...x.getImageData(600, 200, 1, 1).data].slice(0, 3)};
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "h264"), ("a.mp4", "av1"), ("a.webm", "vp9"), ("a.webm", "av1"), ("a.webm", "vp8"),
        ("opencv.webm", None), ("a.gif", None), ("a.webp", None),
    ],
)  # fmt: skip
def test_chromium_plays_it_in_the_right_colours(tmp_path, name, codec, request, browser):
    if name.startswith("opencv"):
        request.getfixturevalue("without_pyav")
    elif codec:
        pytest.importorskip("av")
    # HD height, where a browser would guess other colours than those of an untagged file
    write_video(tmp_path / name, frames(30, 840, 640), fps=30, codec=codec)
    kind = (tmp_path / name).suffix.removeprefix(".")
    still = kind in ("gif", "webp")
    shown = '<img src="/video">' if still else '<video src="/video" muted autoplay loop></video>'
    with closing(browser.new_context()) as context:
        page = context.new_page()
        page.route("http://rlxai.test/", lambda route: route.fulfill(body=shown, content_type="text/html"))
        sort = f"{'image' if still else 'video'}/{kind}"
        page.route("**/video", lambda route: route.fulfill(path=tmp_path / name, content_type=sort))
        page.goto("http://rlxai.test/")
        state = page.evaluate(PLAYED)
    assert state["error"] is None
    assert state["size"] == [640, 840]
    assert np.abs(np.subtract(state["orange"], ORANGE)).max() <= (30 if name.startswith("opencv") else 6)


def legends(n=60):
    """Legends whose last digits change with every fourth picture, as in a game at 60 pictures a second."""
    rng = np.random.default_rng(0)
    legend = Legend(
        width=640, zoom=4, title="step 1,000,000", explained="lrp · advantage", scale_note="scale: p99.9", last=1341,
        actions=("NOOP", "FIRE", "RIGHT", "LEFT"), output_name="Q", colours=lut("blue-orange"), signed=True,
    )  # fmt: skip
    game = rng.integers(0, 120, (42, 32, 1), np.uint8).repeat(20, axis=0).repeat(20, axis=1).repeat(3, axis=2)
    for i in range(n):
        if i % 4 == 0:
            outputs = 2.1 + 0.02 * rng.normal(size=4)
            note = legend.draw(Reading(560 + i // 4, "FIRE", 0.001, 0.02 + 0.001 * float(rng.normal()), outputs))
        picture = game.copy()
        picture[5 * i : 5 * i + 16, 8 * i : 8 * i + 8] = 200
        yield np.concatenate([picture, note])


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "h264"), ("a.mp4", "av1"), ("a.webm", "vp9")])
def test_no_digit_of_the_legend_stays_behind(tmp_path, name, codec):
    av = pytest.importorskip("av")
    write_video(tmp_path / name, legends(), fps=60, codec=codec)
    with av.open(str(tmp_path / name)) as container:
        read = [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]
    for seen, wanted in zip(read, legends(), strict=True):
        assert (np.abs(seen - wanted).max(axis=2) > 90).sum() <= 8  # a stale digit is some twenty pixels
