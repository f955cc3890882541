"""Writing Breakout's wall into RAM, the inverse of `read_bricks`."""

from __future__ import annotations

import numpy as np

from rlxai.games.breakout_state import BRICK_COLUMNS, BRICK_ROWS, read_bricks

_BYTES = 36


def write_bricks(ram: np.ndarray, bricks: np.ndarray) -> None:
    """Set which bricks stand, in place; the bits of bricks that stay as they are stay too.

    Args:
        ram: uint8 (128,).
        bricks: bool (6, 18), top row first.
    """
    before = read_bricks(ram)
    put = np.bitwise_or.reduce(_BITS[bricks & ~before], axis=0)  # (36,)
    taken = np.bitwise_or.reduce(_BITS[before & ~bricks], axis=0)
    ram[:_BYTES] = ram[:_BYTES] & ~taken | put


def _brick_bits() -> np.ndarray:
    """Bits of each brick in RAM's first 36 bytes, uint8 (6, 18, 36), found by reading RAMs of which one bit is set."""
    bits = np.zeros((BRICK_ROWS, BRICK_COLUMNS, _BYTES), np.uint8)
    for byte in range(_BYTES):
        for bit in range(8):
            ram = np.zeros(128, np.uint8)
            ram[byte] = 1 << bit
            bits[read_bricks(ram), byte] |= ram[byte]
    return bits


_BITS = _brick_bits()
