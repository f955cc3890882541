"""The encoders behind `write_video`: PyAV, OpenCV's VP8, Pillow's GIF and WebP.

Each is a function of the file to write, the pictures (an iterator), the first of them, pictures per second, and
samples for a palette. It draws the pictures one by one and raises OSError where they cannot be stored.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from rlxai.errors import InvalidValue
from rlxai.replay.codecs import Codec, pyav
from rlxai.replay.ordinary import ordinary_scheduling
from rlxai.replay.picture import planes_of, size_of

Encoder = Callable[[Path, Iterator[np.ndarray], np.ndarray, float, Sequence[np.ndarray]], None]

MEGAPIXELS = 300
"""Most of an animated GIF or WebP: 30 s of one panel at 15 pictures per second, or about as much as people wait for."""

_COLOUR_TAGS = (1, 6, 1, 1)
"""ITU-T H.273: limited range, BT.601 matrix (what the planes are made with), BT.709 primaries and transfer. Without
them a browser takes BT.709 for pictures of HD height and shows other colours."""
_CONTAINER_OPTIONS = {".mp4": {"movflags": "+faststart"}, ".webm": {}}  # faststart: plays before it is loaded whole
_GIF_FPS = 50
"""Delays are hundredths of a second, and browsers slow down what has less than two."""


def encoder(codec: Codec) -> Encoder:
    """The encoder of a codec that `codecs.choose` found."""
    if codec.name == "gif":
        return _gif
    if codec.name == "webp":
        return _webp
    av = pyav(codec)
    return partial(_pyav, av, codec) if av else _opencv


def _pyav(
    av: Any,
    codec: Codec,
    path: Path,
    frames: Iterator[np.ndarray],
    first: np.ndarray,
    fps: float,
    _samples: Sequence[np.ndarray],
) -> None:
    height, width = size_of(first)
    with av.open(str(path), "w", container_options=_CONTAINER_OPTIONS[path.suffix.lower()]) as container:
        rate = Fraction(fps).limit_denominator(1001)
        stream = container.add_stream(codec.encoder, rate=rate, options=dict(codec.options))
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = _COLOUR_TAGS
        for i, frame in enumerate(frames):
            picture = av.VideoFrame(width, height, "yuv420p")
            picture.pts, picture.time_base = i, 1 / rate
            for plane, values in zip(picture.planes, planes_of(_planar(frame), height), strict=True):
                # Rows of a plane may be padded.
                rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
                rows[: values.shape[0], : values.shape[1]] = values
            with ordinary_scheduling():  # the first picture opens the encoder, whose threads come bit by bit
                packets = stream.encode(picture)
            container.mux(packets)
        container.mux(stream.encode(None))


def _opencv(
    path: Path, frames: Iterator[np.ndarray], first: np.ndarray, fps: float, _samples: Sequence[np.ndarray]
) -> None:
    height, width = size_of(first)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), fps, (width, height))
    if not writer.isOpened():
        raise OSError("OpenCV has no VP8 encoder here")
    count = 0
    try:
        for frame in frames:
            writer.write(cv2.cvtColor(_planar(frame), cv2.COLOR_YUV2BGR_I420))
            count += 1
    finally:
        writer.release()
    reader = cv2.VideoCapture(str(path))
    found = 0
    while reader.grab():  # OpenCV tells of no failed write, and the header may count pictures that are not there
        found += 1
    reader.release()
    if found != count:
        raise OSError(f"only {found} of {count} pictures could be stored")


def _gif(
    path: Path, frames: Iterator[np.ndarray], first: np.ndarray, fps: float, samples: Sequence[np.ndarray]
) -> None:
    if fps > _GIF_FPS:
        raise InvalidValue(f"a GIF shows at most {_GIF_FPS} pictures per second, met {fps:g}")
    montage = np.concatenate([_rgb(frame) for frame in samples] or [_rgb(first)])
    # One palette for all pictures: colours of its own for each would flicker.
    palette = Image.fromarray(montage).quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    images = (
        Image.fromarray(_rgb(frame)).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in _limited(frames, first, "GIF")
    )
    delays = _delays(fps, first, unit=10)
    with path.open("wb") as file:  # a file that Pillow opens itself stays open after an error
        next(images).save(file, "GIF", save_all=True, append_images=images, duration=delays, loop=0, optimize=False)


def _webp(
    path: Path, frames: Iterator[np.ndarray], first: np.ndarray, fps: float, _samples: Sequence[np.ndarray]
) -> None:
    images = (Image.fromarray(_rgb(frame)) for frame in _limited(frames, first, "WebP"))
    delays = _delays(fps, first, unit=1)
    with path.open("wb") as file:
        next(images).save(
            file, "WEBP", save_all=True, append_images=images, duration=delays, loop=0, quality=80, method=2
        )


def most_pictures(size: tuple[int, int]) -> int:
    """Pictures of (height, width) that a GIF or WebP may have."""
    return int(MEGAPIXELS * 1e6 / (size[0] * size[1]))


def _limited(frames: Iterator[np.ndarray], first: np.ndarray, what: str) -> Iterator[np.ndarray]:
    most = most_pictures(size_of(first))
    for i, frame in enumerate(frames):
        if i == most:
            raise InvalidValue(
                f"a {what} of this size may have {most:,} pictures; take a shorter range, a smaller zoom or .mp4"
            )
        yield frame


def _delays(fps: float, first: np.ndarray, unit: int) -> list[int]:
    """Milliseconds each picture is shown, whole units that add up to the rate."""
    ends = [round(1000 * i / fps / unit) * unit for i in range(most_pictures(size_of(first)) + 1)]
    return [after - before for before, after in itertools.pairwise(ends)]


def _planar(frame: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420) if frame.ndim == 3 else frame


def _rgb(frame: np.ndarray) -> np.ndarray:
    return frame if frame.ndim == 3 else cv2.cvtColor(frame, cv2.COLOR_YUV2RGB_I420)
