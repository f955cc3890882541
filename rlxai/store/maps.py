"""Relevance maps on disk: zarr, int16 with one float32 scale per frame, crc32c on every chunk.

Rounding to 65 535 levels of each frame's own maximum keeps the relative L2 error below 3e-4 where plain float16 would
lose small gradients; every statistic is computed from the float32 maps before they come here. A frame is a chunk, so
any one can be read alone; a shard is written once, so a killed writer never leaves a chunk that reads as zeros in a
committed array.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from rlxai.errors import RunError

_LEVELS = 32767
_SHARD = 256
"""Frames per file; 14 MB of raw int16 at most are held while it is written."""


class Maps:
    """Stored relevance, read lazily: `maps[i:j]` gives float32 (j - i, C, H, W)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "maps.zarr"
        try:
            group = zarr.open_group(self._path, mode="r", use_consolidated=False)
            codes, scales = group["maps"], group["scale"]
            if not isinstance(codes, zarr.Array) or not isinstance(scales, zarr.Array):
                raise ValueError
            self._codes = codes
            self.scale = np.asarray(scales[:], np.float32)
            """Relevance per int16 step, float32 (T,)."""
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


def write_maps(folder: Path, shape: tuple[int, int, int, int], batches: Iterable[np.ndarray]) -> None:
    """Write relevance arriving in batches of any size; memory stays at one shard.

    Args:
        folder: an existing folder; `maps.zarr` is made in it.
        shape: (T, C, H, W).
        batches: float32 (n, C, H, W), together T frames.
    """
    group = zarr.create_group(folder / "maps.zarr")
    frames = shape[0]
    shard = max(1, min(_SHARD, frames))
    codes = group.create_array(
        "maps", shape=shape, dtype="int16", chunks=(1, *shape[1:]), shards=(shard, *shape[1:]),
        compressors=[BloscCodec(cname="zstd", clevel=3, shuffle="shuffle"), Crc32cCodec()],
        config={"write_empty_chunks": True},  # so that a missing file is always damage, never zeros
    )  # fmt: skip
    scales = np.zeros(frames, np.float32)
    done = 0
    for block in _regroup(batches, shard):
        scale = np.abs(block).max(axis=(1, 2, 3)) / _LEVELS  # (n,)
        steps = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
        codes[done : done + len(block)] = np.rint(block * steps[:, None, None, None]).astype(np.int16)
        scales[done : done + len(block)] = scale
        done += len(block)
    if done != frames:
        raise ValueError(f"{done} frames of relevance for {frames} decisions")
    group.create_array(
        "scale", data=scales, chunks=(max(1, frames),), compressors=[BloscCodec(cname="zstd"), Crc32cCodec()]
    )


def _regroup(batches: Iterable[np.ndarray], size: int) -> Iterable[np.ndarray]:
    """The same frames in blocks of exactly `size`, the last one shorter."""
    held: list[np.ndarray] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += len(batch)
        while count >= size:
            joined = np.concatenate(held)
            yield joined[:size]
            held, count = [joined[size:]], count - size
    if count:
        yield np.concatenate(held)


def open_maps(folder: Path) -> Maps:
    """The maps stored by `write_maps` in `folder`.

    Raises:
        RunError: they are missing or damaged.
    """
    return Maps(folder)
