"""Screens and RAM of a saved episode: written shard by shard, opened lazily, damage said in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.storage import LocalStore

from rlxai.episodes.frames import CHUNK, FrameArray, create_array
from rlxai.errors import RunError
from rlxai.whole import WholeStore

SHARD = 32 * CHUNK
"""Entries per file: half a minute of play; its 69 MB of screens are uncompressed while the file is written."""


def save_frames(frames: FrameArray, folder: Path) -> None:
    """Write frames as a zarr array; each file once.

    Args:
        frames: uint8 (T + 1, ...).
        folder: of the array, such as episode.zarr/screens.
    """
    count = frames.shape[0]
    array = create_array(LocalStore(folder), frames.shape, shard=min(SHARD, CHUNK * -(-count // CHUNK)))
    for start in range(0, count, SHARD):
        stop = min(start + SHARD, count)
        array[start:stop] = frames[start:stop]


class StoredFrames:
    """Frames in a folder, read when they are indexed.

    Args:
        folder: of the zarr array.
        shape: that it must have; None where any length will do.

    Raises:
        RunError: the array or one of its files is missing, or it is not what `save_frames` writes. Later damage is
            found when it is read, by the chunks' checksums.
    """

    def __init__(self, folder: Path, shape: tuple[int | None, ...]) -> None:
        self._folder = folder
        try:
            self._array: Any = zarr.open_array(WholeStore(folder), mode="r", zarr_format=3)
            self._check(shape)
        except Exception as error:  # a broken zarr.json makes zarr raise exceptions of a dozen types
            raise RunError(f"{folder} is damaged: {_reason(error)}") from None

    @property
    def shape(self) -> tuple[int, ...]:
        """(T + 1, skip, ...)."""
        shape: tuple[int, ...] = self._array.shape
        return shape

    def __getitem__(self, index: Any) -> np.ndarray:
        """Entries, decompressed and checked.

        Raises:
            RunError: a chunk is damaged, or has gone since the array was opened.
        """
        try:
            entries: np.ndarray = self._array[index]
        except Exception as error:
            raise RunError(f"{self._folder} is damaged: {_reason(error)}") from None
        return entries

    def _check(self, expected: tuple[int | None, ...]) -> None:
        array = self._array
        fits = len(array.shape) == len(expected) and all(
            size == wanted or (wanted is None and 1 <= size <= 1024)
            for size, wanted in zip(array.shape, expected, strict=True)
        )
        if not fits or array.dtype != np.uint8 or array.chunks != (CHUNK, *array.shape[1:]):
            raise ValueError(f"it holds {array.dtype} {array.shape} in chunks of {array.chunks}")
        shard = array.shards[0] if array.shards else CHUNK
        for number in range(-(-array.shape[0] // shard)):
            key = array.metadata.encode_chunk_key((number, *(0 for _ in expected[1:])))
            if not (self._folder / key).is_file():  # said at once, not when it is played
                raise ValueError(f"{key} is missing")


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
