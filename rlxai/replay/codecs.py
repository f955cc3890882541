"""Kinds of video file, and which of them can be written here.

H.264, AV1 and VP9 need PyAV, an extra of this package because its wheels contain x264 (GPL). Without it a video is
written as VP8 by OpenCV, GIF and WebP by Pillow: all three play in browsers. OpenCV's own .mp4 ("mp4v", MPEG-4 part 2)
is never written: no browser plays it.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlxai.errors import InvalidValue


@dataclass(frozen=True)
class Codec:
    """One way to write pictures."""

    name: str
    title: str
    """What people call it."""
    suffixes: tuple[str, ...]
    """File names it is written under, the usual one first."""
    bytes_per_megapixel: float
    """About, on Breakout with relevance; measured by `benchmarks/video.py`."""
    seconds_per_megapixel: float
    """CPU time of the whole export, measured likewise."""
    encoder: str = ""
    """PyAV's name of the encoder; empty where PyAV is not used."""
    options: tuple[tuple[str, str], ...] = ()
    still: bool = False
    """An image that moves: fewer pictures per second, and not for long clips."""


_REALTIME = (("deadline", "realtime"), ("cpu-used", "8"), ("row-mt", "1"))

CODECS = {
    codec.name: codec
    for codec in (
        Codec("h264", "H.264", (".mp4",), 2200, 0.007, "libx264", (("preset", "veryfast"), ("crf", "20"))),
        # Faster presets leave digits of the legend standing that have long changed.
        Codec("av1", "AV1", (".mp4", ".webm"), 1800, 0.018, "libsvtav1", (("preset", "8"), ("crf", "30"))),
        Codec("vp9", "VP9", (".webm",), 4200, 0.008, "libvpx-vp9", (*_REALTIME, ("crf", "24"), ("b", "0"))),
        Codec("vp8", "VP8", (".webm",), 5100, 0.054, "libvpx", (*_REALTIME[:2], ("crf", "10"), ("b", "4M"))),
        Codec("webp", "animated WebP", (".webp",), 12_600, 0.028, still=True),
        Codec("gif", "GIF", (".gif",), 45_000, 0.015, still=True),
    )
}
"""By name, the recommended one first."""

INSTALL = 'pip install "rlxai[video]"'
_DEFAULTS = {".mp4": "h264", ".webm": "vp9", ".webp": "webp", ".gif": "gif"}


@dataclass(frozen=True)
class Choice:
    """How and where a video will be written."""

    path: Path
    codec: Codec
    note: str
    """One sentence where this is not what was asked for, else empty."""


def choose(path: Path, codec: str | None = None) -> Choice:
    """The codec of a file, or VP8 in .webm where the one asked for cannot be written here.

    Args:
        path: its suffix says the container.
        codec: a name of `CODECS`; None: the default of the suffix.

    Raises:
        InvalidValue: name and codec do not fit, or the place cannot hold the file.
    """
    suffix = path.suffix.lower()
    if codec is not None and codec not in CODECS:
        raise InvalidValue(f"there is no codec {codec!r}; known: {', '.join(CODECS)}")
    if suffix not in _DEFAULTS:
        raise InvalidValue(f"{path}: a video is written as {', '.join(_DEFAULTS)}, met {suffix or 'no suffix'!r}")
    wanted = CODECS[codec or _DEFAULTS[suffix]]
    if suffix not in wanted.suffixes:
        raise InvalidValue(f"{wanted.title} is written as {' or '.join(wanted.suffixes)}, met the name {path.name}")
    if not path.parent.is_dir():
        raise InvalidValue(f"{path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise InvalidValue(f"{path} is a folder, not a file name")
    instead = writable(wanted)
    other = path if suffix in instead.suffixes else path.with_suffix(instead.suffixes[0])
    if other != path and other.exists():
        raise InvalidValue(f"{path}: {wanted.title} needs PyAV ({INSTALL}), and {instead.title} would replace {other}")
    return Choice(other, instead, missing(wanted))


def writable(codec: Codec) -> Codec:
    """The codec itself, or VP8 where it cannot be written here."""
    return codec if not codec.encoder or codec.name == "vp8" or pyav(codec) else CODECS["vp8"]


def missing(codec: Codec) -> str:
    """One sentence on why another codec is written, else empty."""
    instead = writable(codec)
    if instead is codec:
        return ""
    return f"{codec.title} needs PyAV ({INSTALL}); written as {instead.title} in .webm instead, which browsers play too"


def pyav(codec: Codec) -> Any | None:
    """PyAV where it is installed and has the codec's encoder."""
    os.environ.setdefault("SVT_LOG", "1")  # else SVT-AV1 writes its settings to standard error, 20 lines a file
    try:
        av = importlib.import_module("av")
        av.codec.Codec(codec.encoder, "w")
    except (ImportError, ValueError):  # an unknown codec is a ValueError
        return None
    return av
