"""Breakout's state in many emulator frames at once: what `breakout_state.read_state` reads of one, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlxai.games.breakout_state import BRICK_BOTTOM, BRICK_TOP, FIELD_BOTTOM, read_bricks


@dataclass(frozen=True, eq=False)
class Frames:
    """Of F consecutive emulator frames; positions are centres, NaN without a ball on the screen."""

    ball: np.ndarray
    """float64 (F,): column."""
    height: np.ndarray
    """float64 (F,): row."""
    velocity: np.ndarray
    """float64 (F, 2): right, down, in pixels per frame."""
    paddle: np.ndarray
    """float64 (F,): column."""
    bricks: np.ndarray
    """bool (F, 6, 18): those standing, top row first."""
    score: np.ndarray
    """float64 (F,)."""
    in_play: np.ndarray
    """bool (F,): a ball moves, see `ball_in_play`."""
    above: np.ndarray
    """bool (F,): from the ball's getting above the wall to its being below it again, or lost."""


def read_frames(ram: np.ndarray) -> Frames:
    """The state of each frame from its RAM, uint8 (F, 128), in the order they were played."""
    byte = ram.astype(np.int64)
    in_play = byte[:, 101] != 0
    top, bottom = _rows(byte[:, 101] + 9)
    on_screen = in_play & (top < FIELD_BOTTOM)
    left, right = _columns(byte[:, 99] - 49, 2)
    return Frames(
        ball=np.where(on_screen, (left + right) / 2, np.nan),
        height=np.where(on_screen, (top + bottom) / 2, np.nan),
        velocity=np.stack([-_fixed_point(byte, 105), _fixed_point(byte, 103)], axis=1),
        paddle=np.add(*_columns(byte[:, 72] - 47, 2 * byte[:, 108])) / 2,
        bricks=read_bricks(ram),
        score=(100 * _decimal(byte[:, 76]) + _decimal(byte[:, 77])).astype(np.float64),
        in_play=in_play,
        above=_above(on_screen, top, bottom),
    )


def _rows(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    top = np.where(y >= BRICK_BOTTOM + 1, y, y - 1)
    return top, np.minimum(np.where(y >= BRICK_BOTTOM - 3, y + 4, y + 3), FIELD_BOTTOM)


def _columns(left: np.ndarray, width: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(left, 0), np.maximum(left + width, 0)


def _fixed_point(byte: np.ndarray, at: int) -> np.ndarray:
    """Signed whole part at one address, 256ths at the next."""
    value: np.ndarray = (byte[:, at] + 128) % 256 - 128 + byte[:, at + 1] / 256
    return value


def _decimal(byte: np.ndarray) -> np.ndarray:
    """Binary-coded decimal."""
    value: np.ndarray = 10 * (byte >> 4) + (byte & 15)
    return value


def _above(on_screen: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    entered = (on_screen & (bottom <= BRICK_TOP)).tolist()
    stays = (on_screen & (top < BRICK_BOTTOM)).tolist()
    inside, above = False, np.zeros(len(entered), bool)
    for frame, (enters, may_stay) in enumerate(zip(entered, stays, strict=True)):
        inside = enters or (inside and may_stay)
        above[frame] = inside
    return above
