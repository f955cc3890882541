"""Where Pong's objects are in a plane: pixel coverage from RAM (game mode 0, difficulty 0).

AtariARI (Anand et al. 2019) names the bytes of ball, paddles and score; the drawn lines and digits are added here.
"""

from __future__ import annotations

import numpy as np

from rlxai.games.coverage import coverage

HEIGHT, WIDTH = 210, 160
FIELD = slice(34, 194)
"""Rows between the two white walls."""
WALLS = slice(24, 34), slice(194, 210)
PADDLE_HEIGHT, PADDLE_WIDTH = 16, 4
PADDLE_LEFT, OPPONENT_LEFT = 140, 16

_GLYPHS = (31599, 9362, 29671, 29391, 23497, 31183, 18927, 29257, 31727, 31689)
"""Digits 0 to 9 as 5 rows of 3 bits."""
_DIGIT_TOP, _DOT = 1, 4
"""First row of the score, and side of the squares that its digits are made of."""
_SCORES = ((13, 36), (14, 116))
"""(RAM byte, left edge of the last digit) of opponent and player; the first digit is 16 pixels to the left."""


class Pong:
    """The objects of Pong as masks.

    A plane is the maximum over two emulator frames, so an object covers what it covers in either of them.

    - `ball`; `paddle`: the green one on the right, which the agent moves; `opponent`: the other.
    - `wall`: above and below the field. `score`: the lit squares of both scores' digits, which the screen shows one
      frame after RAM has them.

    All equal the screen, but for the score in the frame of a point. Where ball and paddle overlap, the ball is seen.
    """

    names: tuple[str, ...] = ("ball", "paddle", "opponent", "wall", "score")

    def masks(self, ram: np.ndarray, size: int = 84) -> np.ndarray:
        """Share of each cell of a plane that an object covers.

        Args:
            ram: uint8 (2, 128), of the two pooled frames.
            size: height and width of the plane.

        Returns:
            float32 (5, size, size) in [0, 1], in the order of `names`.
        """
        pixels = pong_pixels(ram[0]) | pong_pixels(ram[1])
        return np.stack([coverage(mask, size) for mask in pixels])

    def in_play(self, ram: np.ndarray) -> bool:
        """Always: the game serves without being asked. RAM of one frame, uint8 (128,)."""
        return True


def pong_pixels(ram: np.ndarray) -> np.ndarray:
    """Pixels of each object in one frame.

    Args:
        ram: uint8 (128,).

    Returns:
        bool (5, 210, 160), in the order of `Pong.names`.
    """
    pixels = np.zeros((5, HEIGHT, WIDTH), bool)
    ball, paddle, opponent, wall, score = pixels
    paddle_top, opponent_top = paddle_rows(ram)
    _fill(paddle, paddle_top, PADDLE_HEIGHT, PADDLE_LEFT, PADDLE_WIDTH)
    _fill(opponent, opponent_top, PADDLE_HEIGHT, OPPONENT_LEFT, PADDLE_WIDTH)
    if ball_in_play(ram):
        _draw_ball(ball, ram)
    for rows in WALLS:
        wall[rows] = True
    for byte, left in _SCORES:
        tens, ones = divmod(int(ram[byte]), 10)
        _draw_digit(score, ones, left)
        if tens:
            _draw_digit(score, tens % 10, left - 4 * _DOT)
    return pixels


def ball_in_play(ram: np.ndarray) -> bool:
    """A ball is in the field; otherwise the next one is about to be served."""
    return bool(ram[54] != 0)


def ball_corner(ram: np.ndarray) -> tuple[int, int]:
    """(top, left) of the ball, 4 rows by 2 columns; parts outside the field are not drawn."""
    return int(ram[54]) - 14, int(ram[49]) - 49


def paddle_rows(ram: np.ndarray) -> tuple[int, int]:
    """Top rows of the agent's paddle and of its opponent's; parts outside the field are not drawn."""
    # The agent's paddle is drawn in pairs of lines.
    return 2 * ((int(ram[51]) + 1) // 2) - 14, int(ram[50]) - 15


def _draw_ball(pixels: np.ndarray, ram: np.ndarray) -> None:
    top, left = ball_corner(ram)
    for column in range(max(left, 0), min(left + 2, WIDTH)):
        rows = (line - (column >= _switched(line - 1, ram)) for line in (top, top + 4))
        pixels[_within(*rows), column] = True


def _switched(line: int, ram: np.ndarray) -> int:
    """Column that the beam has reached in a line when the game switches the ball on or off for the next.

    It counts in each line, by branches of different length, until the player's knob is read (RAM 4), and draws one
    paddle in lines of either parity.
    """
    paddle, opponent = (-1 <= line - top < PADDLE_HEIGHT - 1 for top in paddle_rows(ram))
    read = line >= int(ram[4]) - 13
    if line % 2:
        return 158 - 6 * read - 3 * paddle
    return 139 - 6 * read - 3 * paddle - 3 * opponent


def _fill(pixels: np.ndarray, top: int, height: int, left: int, width: int) -> None:
    pixels[_within(top, top + height), left : left + width] = True


def _within(top: int, bottom: int) -> slice:
    """Rows of the field."""
    return slice(max(top, FIELD.start), max(min(bottom, FIELD.stop), FIELD.start))


def _draw_digit(pixels: np.ndarray, digit: int, left: int) -> None:
    bits = np.array([_GLYPHS[digit] >> bit & 1 for bit in range(14, -1, -1)], bool).reshape(5, 3)
    dots = bits.repeat(_DOT, axis=0).repeat(_DOT, axis=1)
    pixels[_DIGIT_TOP : _DIGIT_TOP + 5 * _DOT, left : left + 3 * _DOT] |= dots
