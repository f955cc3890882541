"""Object masks for the pointer: which of a game's objects touch each cell of the newest plane."""

from __future__ import annotations

import gzip

import numpy as np

from rlxai.episodes import Episode
from rlxai.errors import InvalidValue
from rlxai.games import game_objects
from rlxai.replay.chunks import chunk_range

OBJECTS = 16
"""Objects that fit the bits of a cell; a game's later ones are left out."""


def object_names(game: str) -> tuple[str, ...]:
    """Names of a game's objects by bit, lowest first; empty where its objects are not known."""
    objects = game_objects(game)
    return objects.names[:OBJECTS] if objects else ()


def masks_chunk(episode: Episode, k: int) -> bytes:
    """Gzip of uint16 (n, size, size), little-endian: bit i is set where object i covers a part of the cell.

    Of decision t only the newest of its stacked planes is told, the one whose screen is shown.

    Args:
        episode: the game.
        k: chunk index, over decisions.

    Raises:
        InvalidValue: there is no such chunk, or the game's objects are not known.
    """
    masks = episode.masks(chunk_range(k, episode.decisions))  # (n, C, K, size, size)
    if masks is None:
        raise InvalidValue("the objects of this game are not known")
    touched = masks[:, -1, :OBJECTS] > 0
    weights = (1 << np.arange(touched.shape[1])).astype(np.uint16)
    bits = np.einsum("nkyx,k->nyx", touched, weights, dtype=np.uint16, casting="unsafe")
    return gzip.compress(bits.astype("<u2").tobytes(), compresslevel=1, mtime=0)
