"""Does the ball get to a column of the wall, and through it? Read from the RAM of consecutive frames of one rally."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rlxai.games.breakout import channel_cells
from rlxai.games.breakout_state import (
    BRICK_BOTTOM,
    BRICK_COLUMNS,
    BRICK_LEFT,
    BRICK_TOP,
    BRICK_WIDTH,
    read_state,
)


def ball_to_be_hit(ram: np.ndarray) -> bool:
    """The ball comes down below a finished wall that has no way through: what it does next is up to the player.

    Args:
        ram: uint8 (128,).
    """
    state = read_state(ram)
    falls = state.ball is not None and state.ball.top > BRICK_BOTTOM and state.ball_velocity[1] > 0
    return falls and not ram[94] and not channel_cells(state.bricks).any()


def reaches_column(ram: np.ndarray, column: int) -> bool:
    """The ball gets into a column of the wall: into its gaps, or onto one of its bricks, which goes.

    Whether the column's bricks stand does not matter before the ball gets there. So a player who does not look at them
    reaches it, or fails to, whether or not it is carved.

    Args:
        ram: uint8 (F, 128).
        column: 0 is at the left.
    """
    path = _read(ram.tobytes())
    bricks = path.bricks[:, :, column]
    if (bricks[:-1] & ~bricks[1:]).any():
        return True
    left, right = _sides(column)
    inside = (path.top < BRICK_BOTTOM) & (path.bottom > BRICK_TOP) & (path.right > left) & (path.left < right)
    return bool(inside.any())


def passes_column(ram: np.ndarray, column: int) -> bool:
    """The ball gets above the wall, from below it, through a column.

    Args:
        ram: uint8 (F, 128).
        column: 0 is at the left.
    """
    path = _read(ram.tobytes())
    left, right = _sides(column)
    centre = (path.left + path.right) / 2
    from_below = within = False
    below, above = path.top >= BRICK_BOTTOM, path.bottom <= BRICK_TOP
    here = (centre >= left) & (centre < right)
    for frame, gone in enumerate(np.isnan(path.top)):
        if gone or below[frame]:
            from_below, within = not gone, False
        elif not above[frame]:
            within = bool(here[frame])
        elif from_below and within:
            return True
        else:
            from_below = False
    return False


def opposite_column(column: int) -> int:
    """The column at the same distance from the other side."""
    return BRICK_COLUMNS - 1 - column


def _sides(column: int) -> tuple[int, int]:
    left = BRICK_LEFT + column * BRICK_WIDTH
    return left, left + BRICK_WIDTH


@dataclass(frozen=True, eq=False)
class _Path:
    """The ball's edges, float (F,), NaN without a ball on the screen, and the wall, bool (F, 6, 18)."""

    top: np.ndarray
    bottom: np.ndarray
    left: np.ndarray
    right: np.ndarray
    bricks: np.ndarray


@lru_cache(maxsize=16)
def _read(ram: bytes) -> _Path:
    """Of one rally, which is asked about several columns."""
    states = [read_state(frame) for frame in np.frombuffer(ram, np.uint8).reshape(-1, 128)]
    none = (np.nan,) * 4
    balls = [(b.top, b.bottom, b.left, b.right) if (b := state.ball) else none for state in states]
    top, bottom, left, right = np.array(balls, np.float64).T
    return _Path(top, bottom, left, right, np.stack([state.bricks for state in states]))
