"""Write pictures as a video that browsers play; see `rlxai.replay.codecs` for the kinds."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlxai.errors import InvalidValue, RlxaiError
from rlxai.replay.ahead import ahead
from rlxai.replay.codecs import choose
from rlxai.replay.encoders import encoder
from rlxai.replay.picture import size_of

Progress = Callable[[int, int], None]

_AHEAD = 8
"""Pictures composed while others are encoded."""


@dataclass(frozen=True)
class VideoInfo:
    """What was written."""

    codec: str
    path: Path
    """Not the one asked for where that codec cannot be written here; the note says so."""
    frames: int
    note: str
    """One sentence where the file differs from what was asked for, else empty."""


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    fps: float,
    codec: str | None = None,
    total: int | None = None,
    samples: Sequence[np.ndarray] = (),
    progress: Progress | None = None,
) -> VideoInfo:
    """Encode pictures; the file appears under its name only when it is complete.

    Args:
        path: ends in .mp4 (H.264 or AV1), .webm (VP9, AV1 or VP8), .gif or .webp. An existing file is replaced.
        frames: uint8, all of one size, H and W even (4:2:0 colour): RGB (H, W, 3), or I420 (3 H / 2, W) as of
            `rlxai.replay.picture.Planes`. They are drawn in a thread of their own.
        fps: pictures per second.
        codec: a name of `rlxai.replay.codecs.CODECS`; None: the default of the suffix.
        total: number of pictures, for `progress`.
        samples: RGB pictures whose colours a GIF's 256 are chosen for; none: the first picture.
        progress: called with (pictures written, total, or those written so far where it is not known).

    Raises:
        InvalidValue: name, codec, rate or pictures do not fit.
        RlxaiError: the file cannot be written.
    """
    chosen = choose(Path(path), codec)
    if not (math.isfinite(fps) and 0 < fps <= 240):
        raise InvalidValue(f"a video has more than 0 and at most 240 pictures per second, met {fps}")
    with contextlib.closing(_Source(frames, total, progress)) as source:
        first = next(source, None)
        if first is None:
            raise InvalidValue(f"{path}: there are no pictures to write")
        part = chosen.path.with_name(f".{chosen.path.stem}.{os.getpid()}.part{chosen.path.suffix}")
        try:
            with _writing(chosen.path, source):
                encoder(chosen.codec)(part, itertools.chain([first], source), first, fps, samples)
                part.replace(chosen.path)
        finally:  # after an interruption, too
            part.unlink(missing_ok=True)
    return VideoInfo(chosen.codec.name, chosen.path, source.count, chosen.note)


class _Source(Iterator[np.ndarray]):
    """The pictures, checked and counted; remembers an error of theirs, which is not one of writing."""

    def __init__(self, frames: Iterable[np.ndarray], total: int | None, progress: Progress | None) -> None:
        self._frames = ahead(frames, _AHEAD)
        self._total, self._progress = total, progress
        self._shape: tuple[int, ...] | None = None
        self.count = 0
        self.error: BaseException | None = None

    def __next__(self) -> np.ndarray:
        if self.count and self._progress:  # the one before has been encoded
            self._progress(self.count, self._total or self.count)
        try:
            frame = next(self._frames)
            self._check(frame)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise
        self.count += 1
        return frame

    def close(self) -> None:
        self._frames.close()  # type: ignore[attr-defined]  # a generator

    def _check(self, frame: np.ndarray) -> None:
        i, met = self.count, f"{frame.dtype} {frame.shape}"
        rgb = frame.ndim == 3 and frame.shape[2] == 3
        if frame.dtype != np.uint8 or not (rgb or (frame.ndim == 2 and frame.shape[0] % 3 == 0)) or 0 in frame.shape:
            raise InvalidValue(f"picture {i} must be uint8, RGB (H, W, 3) or I420 (3 H / 2, W), met {met}")
        height, width = size_of(frame)
        if height % 2 or width % 2:
            raise InvalidValue(f"height and width of a video must be even, met {height} x {width}")
        self._shape = self._shape or frame.shape
        if frame.shape != self._shape:
            raise InvalidValue(f"picture {i} is {frame.shape[:2]}, the ones before are {self._shape[:2]}")


@contextlib.contextmanager
def _writing(path: Path, source: _Source) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # PyAV's errors are among them
        if error is source.error:
            raise
        raise RlxaiError(f"{path} cannot be written: {error.strerror or error}") from error
