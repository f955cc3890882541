"""Chunks: what the player fetches while it plays, small enough to arrive between two decisions.

A chunk covers `CHUNK` entries. Frames are palette indices, maps are int8 with one scale per decision, so that every
display scale is an exact re-scaling in the browser and no relevance is off by more than 1/254 of its decision's
maximum.
"""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np

from rlxai.attribution.spread import drawn
from rlxai.errors import InvalidValue

CHUNK = 64
"""Entries per chunk."""
FORMAT = 2
"""Version of the bytes below; part of every address, since browsers keep chunks for good."""

_LEVELS = 127


def chunk_range(k: int, entries: int) -> slice:
    """Entries of chunk `k`.

    Raises:
        InvalidValue: there is no such chunk.
    """
    chunks = -(-entries // CHUNK)
    if not 0 <= k < chunks:
        raise InvalidValue(f"there is no chunk {k}; chunks are 0 to {chunks - 1}")
    return slice(k * CHUNK, min((k + 1) * CHUNK, entries))


def frames_chunk(screens: Any, k: int) -> bytes:
    """Gzip of uint8 palette indices (n, skip, H, W): entries 64k to 64k + n - 1 of an episode's screens.

    Entry t holds the emulator frames that lead to decision t; its last frame is the one the decision sees.

    Args:
        screens: array-like uint8 (T + 1, skip, H, W).
        k: chunk index.

    Raises:
        InvalidValue: there is no such chunk.
    """
    block = np.asarray(screens[chunk_range(k, screens.shape[0])], np.uint8)
    return gzip.compress(np.ascontiguousarray(block).tobytes(), compresslevel=1, mtime=0)


def maps_chunk(maps: Any, k: int) -> bytes:
    """Gzip of float32 scales (n,) little-endian, then int8 levels (n, H, W): relevance = level * scale / 127.

    The relevance of the C stacked frames is summed, as the map is shown over one screen.

    Args:
        maps: array-like float32 (T, C, H, W).
        k: chunk index.

    Raises:
        InvalidValue: there is no such chunk.
    """
    relevance = drawn(np.asarray(maps[chunk_range(k, maps.shape[0])], np.float32))  # (n, H, W)
    scale, levels = quantise(relevance)
    return gzip.compress(scale.astype("<f4").tobytes() + levels.tobytes(), compresslevel=1, mtime=0)


def quantise(relevance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales float32 (n,) = max |R| and levels int8 (n, H, W) = round(127 R / scale); an all-zero map has scale 0."""
    scale = np.abs(relevance).max(axis=(1, 2)).astype(np.float32)
    steps = np.divide(_LEVELS, scale, out=np.zeros_like(scale), where=scale > 0)
    return scale, np.rint(relevance * steps[:, None, None]).astype(np.int8)
