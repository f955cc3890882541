from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from rlxai.errors import InvalidValue, RlxaiError
from rlxai.replay import encoders
from rlxai.replay.video import write_video
from tests.replay.clips import ORANGE, frames


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [
        ("a.mp4", None, "h264"),
        ("a.MP4", "h264", "h264"),
        ("a.mp4", "av1", "dav1d"),
        ("a.webm", None, "vp9"),
        ("a.webm", "vp8", "vp8"),
        ("a.webm", "av1", "dav1d"),
    ],
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
    assert (info.codec, info.path, info.frames, info.note) == (
        expected.replace("dav1d", "av1"),
        tmp_path / name,
        12,
        "",
    )
    assert seen == [(i, 12) for i in range(1, 13)]
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name.removeprefix("lib"), stream.average_rate) in {(expected, 15)}
        assert (stream.width, stream.height, stream.pix_fmt) == (128, 96, "yuv420p")
        read = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(read) == 12
    assert np.abs(np.stack(read).astype(int) - np.stack(list(frames()))).mean() < 4
    assert list(tmp_path.iterdir()) == [tmp_path / name]


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="needs Linux")
def test_no_encoder_leaves_the_process_with_another_scheduling_policy(tmp_path):
    pytest.importorskip("av")
    before = os.sched_getscheduler(0)
    own, last = [], set()

    def watched():
        for frame in frames():
            yield frame
            own.append(os.sched_getscheduler(0))
        last.update(os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir())

    for codec in ("h264", "av1"):
        write_video(tmp_path / "a.mp4", watched(), fps=15, codec=codec)
        assert os.sched_getscheduler(0) == before
    assert set(own) == last == {before}


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
@pytest.mark.parametrize(
    ("name", "codec", "title"),
    [("a.mp4", None, "H.264"), ("a.mp4", "av1", "AV1"), ("a.webm", None, "VP9"), ("a.webm", "av1", "AV1")],
)
def test_without_pyav_a_playable_file_is_written_and_said(tmp_path, name, codec, title):
    info = write_video(tmp_path / name, frames(), fps=15, codec=codec)
    assert (info.path, info.codec) == (tmp_path / "a.webm", "vp8")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.webm"]
    assert info.note == (
        f'{title} needs PyAV (pip install "rlxai[video]"); written as VP8 in .webm instead, which browsers play too'
    )


@pytest.mark.usefixtures("without_pyav")
def test_the_way_out_replaces_no_file_that_was_not_named(tmp_path):
    (tmp_path / "a.webm").write_bytes(b"old")
    with pytest.raises(InvalidValue, match=r"VP8 would replace .*a\.webm"):
        write_video(tmp_path / "a.mp4", frames(), fps=15)
    assert (tmp_path / "a.webm").read_bytes() == b"old"


@pytest.mark.usefixtures("without_pyav")
@pytest.mark.parametrize(("name", "kind", "unit"), [("a.gif", "GIF", 10), ("a.webp", "WEBP", 1)])
def test_stills_that_move_need_no_pyav(tmp_path, name, kind, unit):
    seen = []
    info = write_video(
        tmp_path / name, frames(), fps=15, samples=list(frames(3)), progress=lambda done, _total: seen.append(done)
    )
    assert (info.codec, info.frames, info.note, seen) == (kind.lower(), 12, "", list(range(1, 13)))
    with Image.open(tmp_path / name) as image:
        assert (image.format, image.n_frames, image.info["loop"]) == (kind, 12, 0)
        read, shown = [], []
        for i in range(12):
            image.seek(i)
            read.append(np.asarray(image.convert("RGB")).astype(int))
            shown.append(image.info["duration"])
    assert np.abs(np.stack(read) - np.stack(list(frames()))).mean() < 4
    assert sum(shown) == 800  # milliseconds: 12 pictures at 15 a second
    assert all(abs(one - 1000 / 15) < unit for one in shown)


def test_a_palette_is_chosen_for_all_pictures(tmp_path):
    def two():
        yield np.zeros((64, 64, 3), np.uint8)
        yield np.full((64, 64, 3), ORANGE, np.uint8)

    write_video(tmp_path / "a.gif", two(), fps=15, samples=list(two()))
    with Image.open(tmp_path / "a.gif") as image:
        image.seek(1)
        assert np.abs(np.asarray(image.convert("RGB")).astype(int) - ORANGE).max() <= 2


@pytest.mark.parametrize(("name", "what"), [("a.gif", "GIF"), ("a.webp", "WebP")])
def test_long_gif_and_webp_are_refused_in_one_sentence(tmp_path, monkeypatch, name, what):
    monkeypatch.setattr(encoders, "MEGAPIXELS", 10 * 96 * 128 / 1e6)
    with pytest.raises(InvalidValue, match=f"a {what} of this size may have 10 pictures; take a shorter range"):
        write_video(tmp_path / name, frames(), fps=15)
    assert not list(tmp_path.iterdir())


def test_planes_are_written_like_rgb(tmp_path):
    av = pytest.importorskip("av")
    planar = (cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420) for frame in frames(width=134))  # rows of planes are padded
    write_video(tmp_path / "a.mp4", planar, fps=15)
    write_video(tmp_path / "b.mp4", frames(width=134), fps=15)
    for name in ("a.mp4", "b.mp4"):
        with av.open(str(tmp_path / name)) as container:
            read = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert np.abs(np.stack(read).astype(int) - np.stack(list(frames(width=134)))).mean() < 4


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.avi", {}, r"written as \.mp4, \.webm, \.webp, \.gif, met '\.avi'"),
        ("a", {}, "met 'no suffix'"),
        ("none/a.mp4", {}, "none does not exist"),
        ("folder.mp4", {}, "is a folder"),
        ("a.mp4", {"codec": "vp9"}, r"VP9 is written as \.webm, met the name a\.mp4"),
        ("a.mp4", {"codec": "mp4v"}, "no codec 'mp4v'; known: h264, av1"),
        ("a.gif", {"fps": 60}, "a GIF shows at most 50 pictures per second, met 60"),
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


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.webp"])
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
from tests.replay.clips import ORANGE, frames
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


@pytest.mark.parametrize(
    ("name", "library"),
    [("a.mp4", "pyav"), ("a.webm", "pyav"), ("a.webm", "opencv"), ("a.gif", "opencv"), ("a.webp", "opencv")],
)
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
