"""The picture of one panel: dimmed grey game under coloured relevance, in uint8 throughout.

Blending happens at the game's 160 x 210 through one table and is enlarged last (see `rlxai.replay.picture`), by nearest
neighbour: every block of the picture is one pixel of the game, and several times faster than blending floats at full
size.
"""

from __future__ import annotations

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.replay import colour

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G, B in grey (ITU-R BT.601), as in ALE's grey screens."""


def grey_levels(palette: np.ndarray) -> np.ndarray:
    """Grey of each palette colour: uint8 RGB (256, 3) -> uint8 (256,)."""
    return np.asarray(np.rint(palette @ np.array(LUMA)), np.uint8)


def blend_table(colours: str, *, dim: float = 0.6, opacity: float = 0.85) -> np.ndarray:
    """Every picture colour there can be: uint8 RGB (255 levels, 256 greys, 3).

    The colour c0 of zero turns transparent, and every other colour c as opaque as it is far from it:
    a = max over R, G, B of |c - c0| / 255; pixel = (1 - o a) dim grey + o (c - (1 - a) c0), with opacity o.
    So zero relevance leaves the game untouched, and on black the maps with a black zero look as their table does,
    weak relevance included. The game is grey and dimmed: red relevance on red bricks could not be told apart.

    Raises:
        InvalidValue: the colour map is unknown, or dim or opacity is outside 0..1.
    """
    if not (0 <= dim <= 1 and 0 <= opacity <= 1):
        raise InvalidValue(f"dim and opacity must be 0 to 1, met dim {dim} and opacity {opacity}")
    table = colour.lut(colours).astype(np.float64)[:, None, :]  # (255, 1, 3)
    zero = table[colour.LEVELS]  # (1, 3)
    a = np.abs(table - zero).max(axis=-1, keepdims=True) / 255  # (255, 1, 1)
    game = dim * np.arange(256)[None, :, None]  # (1, 256, 1)
    return np.asarray(np.rint((1 - opacity * a) * game + opacity * (table - (1 - a) * zero)), np.uint8)


def stretch(levels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Enlarge a map over the screen by nearest neighbour: (h, w) -> (height, width).

    A screen pixel takes the map cell its centre lies in, so that cell j of w covers pixels from j width / w on:
    the inverse of the resizing that made the network's input from the whole screen.
    """
    rows, columns = _cells(height, levels.shape[0]), _cells(width, levels.shape[1])
    return np.asarray(levels[rows[:, None], columns])


def paint(grey: np.ndarray, levels: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Colour one screen.

    Args:
        grey: uint8 (H, W), the game.
        levels: uint8 (H, W), table indices of the relevance at the game's size (see `stretch`).
        table: uint8 (255, 256, 3) of `blend_table`.

    Returns:
        uint8 RGB (H, W, 3).
    """
    return np.asarray(np.take(table.reshape(-1, 3), entries(grey, levels), axis=0))


def entries(grey: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Entry of a blend table, read as (255 * 256, ...), for each pixel: uint8 (H, W) twice -> uint16 (H, W)."""
    return np.asarray((levels.astype(np.uint16) << 8) | grey)


def _cells(pixels: int, cells: int) -> np.ndarray:
    return (2 * np.arange(pixels) + 1) * cells // (2 * pixels)
