"""Relevance maps on disk: zarr, int16 with one float32 scale per frame, crc32c on every chunk.

Rounding to 65 535 levels of each frame's own maximum keeps the relative L2 error below 3e-4 where plain float16 would
lose small gradients; every statistic is computed from the float32 maps before they come here. A frame is a chunk, so
any one can be read alone; a shard is written once, so a killed writer never leaves a chunk that reads as zeros in a
committed array.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from rlxai.errors import RunError
from rlxai.whole import WholeStore

_LEVELS = 32767
_SHARD = 256
"""Frames per file; 14 MB of raw int16 at most are held while it is written."""
_LARGEST = (1_000_000, 64, 512, 512)
"""(T, C, H, W) of the largest maps that are opened."""


class Maps:
    """Stored relevance, read lazily: `maps[i:j]` gives float32 (j - i, C, H, W)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "maps.zarr"
        try:
            self._codes = zarr.open_array(WholeStore(self._path / "maps"), mode="r", zarr_format=3)
            scales = zarr.open_array(self._path / "scale", mode="r", zarr_format=3)  # has no file where all are zero
            _check(self._codes, scales)
            self.scale = np.asarray(scales[:], np.float32)
            """Relevance per int16 step, float32 (T,)."""
            if not (np.isfinite(self.scale) & (self.scale >= 0)).all():
                raise ValueError("a scale is negative or not finite")
        except Exception as error:
            raise RunError(f"{self._path}: the maps cannot be read ({type(error).__name__})") from None

    @property
    def shape(self) -> tuple[int, ...]:
        """(T, C, H, W)."""
        return self._codes.shape

    def __len__(self) -> int:
        return self._codes.shape[0]

    def __getitem__(self, frames: slice) -> np.ndarray:
        try:
            codes = np.asarray(self._codes[frames], np.float32)
        except Exception as error:
            raise RunError(
                f"{self._path}: frames {frames.start}:{frames.stop} are damaged ({type(error).__name__})"
            ) from None
        return codes * self.scale[frames, None, None, None]


class MapsWriter:
    """Writes relevance arriving in batches of any size; memory stays at two shards of int16, whatever the length.

    Args:
        folder: an existing folder; `maps.zarr` is made in it.
        shape: (T, C, H, W) of all that will come.
    """

    def __init__(self, folder: Path, shape: tuple[int, int, int, int]) -> None:
        self._group = zarr.create_group(folder / "maps.zarr")
        self._shard = max(1, min(_SHARD, shape[0]))
        self._codes = self._group.create_array(
            "maps", shape=shape, dtype="int16", chunks=(1, *shape[1:]), shards=(self._shard, *shape[1:]),
            compressors=[BloscCodec(cname="zstd", clevel=3, shuffle="shuffle"), Crc32cCodec()],
            config={"write_empty_chunks": True},  # so that a missing file is always damage, never zeros
        )  # fmt: skip
        self._block = np.empty((self._shard, *shape[1:]), np.int16)
        self._held = self._written = 0
        self._scales: list[np.ndarray] = []

    def add(self, relevance: np.ndarray) -> None:
        """The next maps, float32 (n, C, H, W).

        Raises:
            ValueError: more come than were announced.
        """
        frames = self._written + self._held + len(relevance)
        if frames > self._codes.shape[0]:
            raise ValueError(f"{frames} frames of relevance for {self._codes.shape[0]} decisions")
        scale = np.abs(relevance).max(axis=(1, 2, 3), initial=0) / _LEVELS  # (n,)
        steps = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
        codes = np.rint(relevance * steps[:, None, None, None]).astype(np.int16)
        self._scales.append(scale.astype(np.float32))
        while len(codes):
            part = codes[: self._shard - self._held]
            self._block[self._held : self._held + len(part)] = part
            self._held += len(part)
            codes = codes[len(part) :]
            if self._held == self._shard:
                self._flush()

    def close(self) -> None:
        """Write what is held and the scales.

        Raises:
            ValueError: fewer came than were announced.
        """
        self._flush()
        frames = self._codes.shape[0]
        if self._written != frames:
            raise ValueError(f"{self._written} frames of relevance for {frames} decisions")
        scales = np.concatenate([np.zeros(0, np.float32), *self._scales])
        self._group.create_array(
            "scale", data=scales, chunks=(max(1, frames),), compressors=[BloscCodec(cname="zstd"), Crc32cCodec()]
        )

    def _flush(self) -> None:
        self._codes[self._written : self._written + self._held] = self._block[: self._held]
        self._written += self._held
        self._held = 0


def _check(codes: Any, scales: Any) -> None:
    """Refuse arrays that `MapsWriter` does not write, before anything is allocated for them."""
    shape = codes.shape
    fits = len(shape) == 4 and all(1 <= size <= most for size, most in zip(shape, _LARGEST, strict=True))
    if not fits or codes.dtype != np.int16 or codes.chunks != (1, *shape[1:]):
        raise ValueError(f"they are {codes.dtype} {shape}")
    if scales.shape != shape[:1] or scales.dtype != np.float32:
        raise ValueError(f"their scales are {scales.dtype} {scales.shape}")


def open_maps(folder: Path) -> Maps:
    """The maps stored by a `MapsWriter` in `folder`.

    Raises:
        RunError: they are missing or damaged.
    """
    return Maps(folder)
