"""Breakout's state, read from the 128 bytes of RAM (game mode 0, difficulty 0).

Every rule was found by comparing RAM with the screen and by flipping single bits. The renderer built on them equals the
emulator's screen, which the tests show on play that opens tunnels. AtariARI (Anand et al. 2019) names the bytes of
ball, paddle and score; the 36 brick bytes, the drawn ball rows and the paddle's width are added here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BRICK_ROWS, BRICK_COLUMNS = 6, 18
BRICK_TOP, BRICK_LEFT = 57, 8
BRICK_HEIGHT, BRICK_WIDTH = 6, 8
BRICK_BOTTOM = BRICK_TOP + BRICK_ROWS * BRICK_HEIGHT
FIELD_BOTTOM = 196
"""First row below the playing field; a lost ball falls on, unseen."""

_FIELD_BITS = (6, 7, *range(7, -1, -1), *range(8), *range(4, 8), *range(7, -1, -1), *range(6))
_FIELD_BYTES = (35,) * 2 + (29,) * 8 + (23,) * 8 + (17,) * 4 + (11,) * 8 + (5,) * 6
# A brick is two playfield bits wide. These are the bytes of the top row; each row below has one byte less.
_BYTES = np.array(_FIELD_BYTES) - np.arange(BRICK_ROWS)[:, None]  # (6, 36)
_BITS = (1 << np.array(_FIELD_BITS)).astype(np.uint8)  # (36,)


@dataclass(frozen=True)
class Box:
    """A rectangle of screen pixels: rows top to bottom - 1, columns left to right - 1."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> tuple[slice, slice]:
        """Index into a screen: (rows, columns)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True)
class BreakoutState:
    """What is on the screen of one emulator frame."""

    ball: Box | None
    """None while no ball is on the screen."""
    ball_velocity: tuple[float, float]
    """(vx, vy) in pixels per frame, right and down positive."""
    paddle: Box
    """16 pixels wide; 12 from the ball's first touch of the top wall until the next life."""
    bricks: np.ndarray
    """bool (6, 18), top row first: the bricks still standing."""
    score: int
    lives: int

    @property
    def ball_above(self) -> bool:
        """The ball is in the space between the bricks and the top wall."""
        return self.ball is not None and self.ball.bottom <= BRICK_TOP


def read_state(ram: np.ndarray) -> BreakoutState:
    """The state of one frame from its RAM, uint8 (128,)."""
    paddle_left = int(ram[72]) - 47
    return BreakoutState(
        ball=_ball(ram),
        ball_velocity=(-(_signed(ram[105]) + int(ram[106]) / 256), _signed(ram[103]) + int(ram[104]) / 256),
        paddle=Box(189, 193, max(paddle_left, 0), max(paddle_left + 2 * int(ram[108]), 0)),
        bricks=read_bricks(ram),
        score=100 * _decimal(ram[76]) + _decimal(ram[77]),
        lives=int(ram[57]),
    )


def read_bricks(ram: np.ndarray) -> np.ndarray:
    """The bricks still standing by RAM, uint8 (..., 128): bool (..., 6, 18), top row first."""
    bits: np.ndarray = (ram[..., _BYTES] & _BITS) != 0  # (..., 6, 36)
    bricks: np.ndarray = bits[..., ::2] | bits[..., 1::2]
    return bricks


def ball_in_play(ram: np.ndarray) -> bool:
    """A ball moves, on the screen or just lost below it; otherwise the game waits for FIRE."""
    return bool(ram[101] != 0)


def _ball(ram: np.ndarray) -> Box | None:
    left, y = int(ram[99]) - 49, int(ram[101]) + 9
    # The part of the game's display loop that draws the bricks starts the ball a line early, and ends it likewise.
    top = y if y >= BRICK_BOTTOM + 1 else y - 1
    bottom = y + 4 if y >= BRICK_BOTTOM - 3 else y + 3
    if not ball_in_play(ram) or top >= FIELD_BOTTOM:
        return None
    return Box(top, min(bottom, FIELD_BOTTOM), max(left, 0), max(left + 2, 0))


def _signed(byte: np.integer) -> int:
    return (int(byte) + 128) % 256 - 128


def _decimal(byte: np.integer) -> int:
    """Binary-coded decimal."""
    return 10 * (int(byte) >> 4) + (int(byte) & 15)
