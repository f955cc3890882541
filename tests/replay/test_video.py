from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from rlxai.errors import InvalidValue, RlxaiError
from rlxai.replay.video import write_video

ORANGE = (220, 110, 20)


def frames(n=12, height=96, width=128):
    """A white bar that moves over two solid halves."""
    for i in range(n):
        frame = np.zeros((height, width, 3), np.uint8)
        frame[: height // 2] = ORANGE
        frame[:, 8 * i : 8 * i + 8] = 255
        yield frame


@pytest.fixture
def without_pyav(monkeypatch):
    for name in [name for name in sys.modules if name == "av" or name.startswith("av.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "av", None)


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [("a.mp4", None, "h264"), ("a.MP4", "h264", "h264"), ("a.webm", None, "vp9"), ("a.webm", "vp8", "vp8")],
)
def test_what_is_written_reads_back(tmp_path, name, codec, expected):
    av = pytest.importorskip("av")
    seen = []
    info = write_video(
        tmp_path / name,
        frames(),
        fps=15,
        codec=codec,
        total=12,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert (info.codec, info.path, info.frames, info.note) == (expected, tmp_path / name, 12, "")
    assert seen == [(i, 12) for i in range(1, 13)]
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name.removeprefix("lib"), stream.average_rate) in {(expected, 15)}
        assert (stream.width, stream.height, stream.pix_fmt) == (128, 96, "yuv420p")
        read = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(read) == 12
    assert np.abs(np.stack(read).astype(int) - np.stack(list(frames()))).mean() < 4
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_mp4_starts_before_it_is_loaded_whole(tmp_path):
    pytest.importorskip("av")
    write_video(tmp_path / "a.mp4", frames(), fps=60)
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_an_odd_rate_is_kept(tmp_path):
    av = pytest.importorskip("av")
    write_video(tmp_path / "a.mp4", frames(), fps=60 / 7)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert float(container.streams.video[0].average_rate) == pytest.approx(60 / 7, rel=1e-3)


@pytest.mark.usefixtures("without_pyav")
def test_without_pyav_webm_is_vp8_by_opencv(tmp_path):
    info = write_video(tmp_path / "a.webm", frames(), fps=15)
    assert (info.codec, info.frames) == ("vp8", 12)
    assert 'pip install "rlxai[video]"' in info.note
    reader = cv2.VideoCapture(str(tmp_path / "a.webm"))
    read = []
    while (got := reader.read())[0]:
        read.append(got[1][:, :, ::-1])
    reader.release()
    assert len(read) == 12
    assert np.abs(np.stack(read).astype(int) - np.stack(list(frames()))).mean() < 8
    assert write_video(tmp_path / "b.webm", frames(), fps=15, codec="vp8").codec == "vp8"


@pytest.mark.usefixtures("without_pyav")
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", None), ("a.webm", "vp9")])
def test_without_pyav_the_way_out_is_named(tmp_path, name, codec):
    with pytest.raises(InvalidValue, match=r'pip install "rlxai\[video\]", or'):
        write_video(tmp_path / name, frames(), fps=15, codec=codec)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.avi", {}, r"written as \.mp4 or \.webm, met '\.avi'"),
        ("a", {}, "met 'no suffix'"),
        ("none/a.mp4", {}, "none does not exist"),
        ("folder.mp4", {}, "is a folder"),
        ("a.mp4", {"codec": "vp9"}, r"\.mp4 holds h264, met codec 'vp9'"),
        ("a.mp4", {"fps": 0}, "met 0"),
        ("a.mp4", {"fps": float("nan")}, "met nan"),
    ],
)
def test_bad_requests_write_nothing(tmp_path, name, options, sentence):
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(InvalidValue, match=sentence):
        write_video(tmp_path / name, frames(), **{"fps": 15, **options})
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.mp4"]


def broken(kind):
    yield from frames(3)
    if kind == "source":
        raise FileNotFoundError("maps.zarr")
    if kind == "interrupt":
        raise KeyboardInterrupt("stop")
    yield {
        "shape": np.zeros((96, 64, 3), np.uint8),
        "type": np.zeros((96, 128, 3), np.float32),
        "odd": np.zeros((95, 128, 3), np.uint8),
    }[kind]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
@pytest.mark.parametrize(
    ("kind", "error", "sentence"),
    [
        ("source", FileNotFoundError, "maps.zarr"),
        ("interrupt", KeyboardInterrupt, "stop"),
        ("shape", InvalidValue, "picture 3 is"),
        ("type", InvalidValue, "picture 3 must be uint8"),
        ("odd", InvalidValue, "must be even, met 95 x 128"),
    ],
)
def test_a_failure_leaves_the_old_file(tmp_path, name, kind, error, sentence):
    pytest.importorskip("av")
    (tmp_path / name).write_bytes(b"old")
    with pytest.raises(error, match=sentence):
        write_video(tmp_path / name, broken(kind), fps=15)
    assert (tmp_path / name).read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_no_pictures(tmp_path):
    with pytest.raises(InvalidValue, match="no pictures"):
        write_video(tmp_path / "a.webm", [], fps=15)
    assert not list(tmp_path.iterdir())


FULL_DISK = """
import resource
import sys
import numpy as np
from rlxai.replay.video import write_video
from rlxai.errors import RlxaiError
if sys.argv[2] == "opencv":
    sys.modules["av"] = None
noise = np.random.default_rng(0).integers(0, 256, (40, 96, 128, 3), np.uint8)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_video(sys.argv[1], noise, fps=15)
except RlxaiError as error:
    sys.exit(f"refused: {error}")
"""


@pytest.mark.parametrize(("name", "library"), [("a.mp4", "pyav"), ("a.webm", "pyav"), ("a.webm", "opencv")])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, name, library):
    if library == "pyav":
        pytest.importorskip("av")
    # A limit on file size fails like a full disk; in a process of its own, which it may not outlive.
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / name), library]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert f"refused: {tmp_path / name} cannot be written" in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_unwritable_place_is_one_sentence(tmp_path, monkeypatch):
    def full(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(RlxaiError, match=r"a\.webm cannot be written: Permission denied"):
        write_video(tmp_path / "a.webm", frames(), fps=15)
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "opencv.webm"])
def test_chromium_plays_it_in_the_right_colours(tmp_path, name, request, browser):
    if name.startswith("opencv"):
        request.getfixturevalue("without_pyav")
    else:
        pytest.importorskip("av")
    # HD height, where a browser would guess other colours than those of an untagged file
    write_video(tmp_path / name, frames(30, 840, 640), fps=30)
    page_html = '<body><video src="/video" muted autoplay loop></video></body>'
    with closing(browser.new_context()) as context:
        page = context.new_page()
        page.route("http://rlxai.test/", lambda route: route.fulfill(body=page_html, content_type="text/html"))
        kind = "video/mp4" if name.endswith("mp4") else "video/webm"
        page.route("**/video", lambda route: route.fulfill(path=tmp_path / name, content_type=kind))
        page.goto("http://rlxai.test/")
        page.wait_for_function(
            "(v => v.error || (v.currentTime > 0.1 && v.readyState >= 2))(document.querySelector('video'))"
        )
        state = page.evaluate(
            """() => {
                const v = document.querySelector('video'), c = document.createElement('canvas');
                c.width = v.videoWidth; c.height = v.videoHeight;
                const x = c.getContext('2d'); x.drawImage(v, 0, 0);
                return {error: v.error && v.error.message, size: [c.width, c.height],
                        orange: [...x.getImageData(600, 200, 1, 1).data].slice(0, 3)};
            }"""
        )
    assert state["error"] is None
    assert state["size"] == [640, 840]
    assert np.abs(np.subtract(state["orange"], ORANGE)).max() <= (30 if name.startswith("opencv") else 6)
