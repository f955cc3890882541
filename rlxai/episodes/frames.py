"""Screens and RAM of an episode as compressed arrays: in memory while it is recorded, in a folder once it is saved.

An uncompressed entry of Breakout takes 135 kB, a compressed one about 300 bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import numpy as np
import zarr
from zarr.abc.store import Store
from zarr.codecs import BloscCodec, Crc32cCodec
from zarr.storage import MemoryStore

CHUNK = 16
"""Entries per chunk: they are compressed, checked and read together."""


class FrameArray(Protocol):
    """What an episode needs of its frames: a shape, and reading by slices of the first axis."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(T + 1, skip, ...)."""

    def __getitem__(self, index: Any) -> np.ndarray:
        """Entries, decompressed."""


def create_array(store: Store, shape: tuple[int, ...], *, name: str | None = None, shard: int | None = None) -> Any:
    """An empty uint8 zarr array with the project's codecs.

    Args:
        store: where it is kept.
        shape: entries first.
        name: within a group; None: the array is the store's root.
        shard: entries per file, a multiple of `CHUNK`; None: one file per chunk.
    """
    return zarr.create_array(
        store,
        name=name,
        shape=shape,
        chunks=(CHUNK, *shape[1:]),
        shards=None if shard is None else (shard, *shape[1:]),
        dtype="uint8",
        # Without the checksum most flipped bits decompress to wrong pixels and nobody notices.
        compressors=[BloscCodec(cname="zstd", clevel=5, shuffle="noshuffle", typesize=1), Crc32cCodec()],
        # A chunk of zeros is written too, so that a missing file is always damage.
        config={"write_empty_chunks": True},
    )


class FrameRecorder:
    """Collects entries one by one; holds a few chunks uncompressed and the rest compressed in memory.

    Args:
        shape: of one entry, such as (4, 210, 160).
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._array = create_array(MemoryStore(), (0, *shape))
        self._buffer = np.empty((4 * CHUNK, *shape), np.uint8)
        self._filled = 0

    def append(self, entry: np.ndarray) -> None:
        """Add one entry, uint8 of the recorder's shape."""
        self._buffer[self._filled] = entry
        self._filled += 1
        if self._filled == len(self._buffer):
            self._flush()

    def finish(self) -> FrameArray:
        """All entries, as a compressed array."""
        self._flush()
        array: FrameArray = self._array
        return array

    def _flush(self) -> None:
        if self._filled:
            start = self._array.shape[0]
            self._array.resize((start + self._filled, *self._buffer.shape[1:]))
            self._array[start:] = self._buffer[: self._filled]
            self._filled = 0


def entry_hash(screens: np.ndarray, ram: np.ndarray) -> int:
    """64-bit BLAKE2b of one entry's frames: equal on every machine and in every process."""
    digest = hashlib.blake2b(np.ascontiguousarray(screens).data, digest_size=8)
    digest.update(np.ascontiguousarray(ram).data)
    return int.from_bytes(digest.digest(), "little")
