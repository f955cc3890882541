"""Write pictures as a video that browsers play: H.264 in .mp4, VP9 or VP8 in .webm.

H.264 and VP9 need PyAV, an extra of this package because its wheels contain x264 (GPL). Without it .webm is written as
VP8 by OpenCV. OpenCV's own .mp4 ("mp4v", MPEG-4 part 2) is never written: no browser plays it.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from rlxai.errors import InvalidValue, RlxaiError

Progress = Callable[[int, int], None]

CODECS: dict[str, tuple[str, ...]] = {".mp4": ("h264",), ".webm": ("vp9", "vp8")}
"""Codecs of each container, the default first."""

_INSTALL = 'pip install "rlxai[video]"'
_ENCODERS: dict[str, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"preset": "veryfast", "crf": "20"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "24", "b": "0"}),
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "crf": "10", "b": "4M"}),
}
_COLOUR_TAGS = (1, 6, 1, 1)
"""ITU-T H.273: limited range, BT.601 matrix (what OpenCV converts with), BT.709 primaries and transfer. Without
them a browser takes BT.709 for pictures of HD height and shows other colours."""
_CONTAINER_OPTIONS = {".mp4": {"movflags": "+faststart"}, ".webm": {}}  # faststart: plays before it is loaded whole


@dataclass(frozen=True)
class VideoInfo:
    """What was written."""

    codec: str
    path: Path
    frames: int
    note: str
    """One sentence where the file differs from what was to be expected, else empty."""


class _Writer(Protocol):
    def add(self, frame: np.ndarray) -> None: ...

    def finish(self) -> None: ...

    def abandon(self) -> None: ...


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    fps: float,
    codec: str | None = None,
    total: int | None = None,
    progress: Progress | None = None,
) -> VideoInfo:
    """Encode pictures; the file appears under its name only when it is complete.

    Args:
        path: ends in .mp4 (H.264) or .webm (VP9, or VP8 without PyAV). An existing file is replaced.
        frames: uint8 RGB (H, W, 3), all of one size, H and W even (4:2:0 colour).
        fps: pictures per second.
        codec: "h264", "vp9" or "vp8"; None: the default of the container.
        total: number of pictures, for `progress`.
        progress: called with (pictures written, total, or those written so far where it is not known).

    Raises:
        InvalidValue: name, codec, rate or pictures do not fit, or the codec is not to be had here.
        RlxaiError: the file cannot be written.
    """
    path = Path(path)
    codec, note = _choose(path, codec)
    if not (math.isfinite(fps) and 0 < fps <= 240):
        raise InvalidValue(f"a video has more than 0 and at most 240 pictures per second, met {fps}")
    pictures = _checked(frames)
    first = next(pictures, None)
    if first is None:
        raise InvalidValue(f"{path}: there are no pictures to write")
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        count = _encode(part, path, codec, fps, itertools.chain([first], pictures), first.shape, total, progress)
        with _writing(path):
            part.replace(path)
    finally:  # after an interruption, too
        part.unlink(missing_ok=True)
    return VideoInfo(codec, path, count, note)


def _choose(path: Path, codec: str | None) -> tuple[str, str]:
    """The codec, and a note where it is not the container's best."""
    suffix = path.suffix.lower()
    if suffix not in CODECS:
        raise InvalidValue(f"{path}: a video is written as {' or '.join(CODECS)}, met {suffix or 'no suffix'!r}")
    if not path.parent.is_dir():
        raise InvalidValue(f"{path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise InvalidValue(f"{path} is a folder, not a file name")
    if codec is not None and codec not in CODECS[suffix]:
        raise InvalidValue(f"{suffix} holds {' or '.join(CODECS[suffix])}, met codec {codec!r}")
    wanted = codec or CODECS[suffix][0]
    if _encoder(wanted):
        return wanted, ""
    if wanted == "vp8" or (codec is None and suffix == ".webm"):
        return "vp8", f"written as VP8 by OpenCV; VP9 and H.264 need PyAV: {_INSTALL}"
    other = "or name the file .webm" if suffix == ".mp4" else "or choose vp8"
    raise InvalidValue(f"{path}: {wanted} needs PyAV with its encoder: {_INSTALL}, {other}")


def _encoder(codec: str) -> Any | None:
    """PyAV where it is installed and has the codec's encoder."""
    try:
        av = importlib.import_module("av")
        av.codec.Codec(_ENCODERS[codec][0], "w")
    except (ImportError, ValueError):  # an unknown codec is a ValueError
        return None
    return av


def _checked(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    shape: tuple[int, ...] | None = None
    for i, frame in enumerate(frames):
        shape = shape or frame.shape
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or 0 in frame.shape:
            raise InvalidValue(f"picture {i} must be uint8 (H, W, 3), met {frame.dtype} {frame.shape}")
        if frame.shape[0] % 2 or frame.shape[1] % 2:
            raise InvalidValue(f"height and width of a video must be even, met {frame.shape[0]} x {frame.shape[1]}")
        if frame.shape != shape:
            raise InvalidValue(f"picture {i} is {frame.shape[:2]}, the ones before are {shape[:2]}")
        yield frame


def _encode(
    part: Path,
    path: Path,
    codec: str,
    fps: float,
    frames: Iterable[np.ndarray],
    shape: tuple[int, ...],
    total: int | None,
    progress: Progress | None,
) -> int:
    """Encode into `part`; errors of writing name `path`, errors of the pictures' source stay what they are."""
    av = _encoder(codec)
    with _writing(path):
        writer: _Writer = _PyAV(av, part, codec, fps, shape) if av else _OpenCV(part, fps, shape)
    count = 0
    try:
        for frame in frames:
            with _writing(path):
                writer.add(frame)
            count += 1
            if progress:
                progress(count, total or count)
        with _writing(path):
            writer.finish()
    except BaseException:
        with contextlib.suppress(OSError):
            writer.abandon()
        raise
    return count


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # PyAV's errors are among them
        raise RlxaiError(f"{path} cannot be written: {error.strerror or error}") from error


class _PyAV:
    def __init__(self, av: Any, path: Path, codec: str, fps: float, shape: tuple[int, ...]) -> None:
        encoder, options = _ENCODERS[codec]
        self._av = av
        self._container = av.open(str(path), "w", container_options=_CONTAINER_OPTIONS[path.suffix.lower()])
        self._stream = self._container.add_stream(encoder, rate=Fraction(fps).limit_denominator(1001), options=options)
        self._stream.height, self._stream.width = shape[:2]
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = _COLOUR_TAGS

    def add(self, frame: np.ndarray) -> None:
        yuv = cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420)  # twice as fast as the encoder's own conversion
        picture = self._av.VideoFrame.from_ndarray(yuv, format="yuv420p")
        for packet in self._stream.encode(picture):
            self._container.mux(packet)

    def finish(self) -> None:
        for packet in self._stream.encode():
            self._container.mux(packet)
        self._container.close()

    def abandon(self) -> None:
        self._container.close()


class _OpenCV:
    def __init__(self, path: Path, fps: float, shape: tuple[int, ...]) -> None:
        self._path, self._count = path, 0
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), fps, (shape[1], shape[0]))
        if not self._writer.isOpened():
            raise OSError("OpenCV has no VP8 encoder here")

    def add(self, frame: np.ndarray) -> None:
        self._writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        self._count += 1

    def finish(self) -> None:
        self._writer.release()
        reader = cv2.VideoCapture(str(self._path))
        found = 0
        while reader.grab():  # OpenCV tells of no failed write, and the header may count pictures that are not there
            found += 1
        reader.release()
        if found != self._count:
            raise OSError(f"only {found} of {self._count} pictures could be stored")

    def abandon(self) -> None:
        self._writer.release()
