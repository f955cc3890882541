"""Breakout's screen drawn from RAM alone: it proves that the state is complete, and draws counterfactual frames."""

from __future__ import annotations

import numpy as np

from rlxai.games.breakout_state import (
    BRICK_BOTTOM,
    BRICK_HEIGHT,
    BRICK_TOP,
    BRICK_WIDTH,
    FIELD_BOTTOM,
    Box,
    read_state,
)

HEIGHT, WIDTH = 210, 160
FIELD_LEFT, FIELD_RIGHT = 8, 152
FIELD_TOP = 32
WALL_TOP = 17
"""The score line fills the rows above; it is not drawn."""
SCORE = slice(5, 15), slice(36, 80)
"""Where the score's three digits are on the screen."""
LIVES = slice(5, 15), slice(100, 112)
"""Where the number of lives is."""
BRICK_AREA = slice(BRICK_TOP, BRICK_BOTTOM), slice(FIELD_LEFT, FIELD_RIGHT)

BRICK_GREYS = (110, 129, 131, 148, 124, 85)
"""Grey level of each brick row, top row first."""
WALL_GREY, RED_GREY, TEAL_GREY = 142, 110, 127


def walls() -> np.ndarray:
    """Top wall and both side walls, with their coloured feet beside the paddle: bool (210, 160)."""
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[WALL_TOP:FIELD_BOTTOM] = True
    pixels[FIELD_TOP:FIELD_BOTTOM, FIELD_LEFT:FIELD_RIGHT] = False
    pixels[FIELD_BOTTOM - 1, FIELD_RIGHT:] = False
    return pixels


def brick_pixels(cells: np.ndarray) -> np.ndarray:
    """(6, 18) values of brick cells -> the same at each pixel of the screen, (210, 160), zero outside the cells."""
    screen = np.zeros((HEIGHT, WIDTH), cells.dtype)
    screen[BRICK_AREA] = cells.repeat(BRICK_HEIGHT, axis=0).repeat(BRICK_WIDTH, axis=1)
    return screen


def box_pixels(box: Box) -> np.ndarray:
    """Pixels of a rectangle: bool (210, 160)."""
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[box.area] = True
    return pixels


def ball_pixels(ball: Box | None) -> np.ndarray:
    """Where the game draws the ball, also where something of its colour hides it: bool (210, 160)."""
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    if ball is not None:
        pixels[ball.area] = True
        # The game switches its graphics off within the field's last line: at a column that depends on its code path.
        pixels[FIELD_BOTTOM - 1, 56 if ball.top % 2 else 46 :] = False
    return pixels


def render_grey(ram: np.ndarray) -> np.ndarray:
    """One frame's grey screen from its RAM.

    Args:
        ram: uint8 (128,).

    Returns:
        uint8 (210, 160), equal to the emulator's screen from row 17 down; the score line is black.
    """
    state = read_state(ram)
    screen = np.where(brick_pixels(state.bricks), _LINE_GREYS, _BACKGROUND)
    screen[state.paddle.area] = RED_GREY
    # Ball and playfield share a colour register: the ball looks like the bricks beside it, and walls cover it.
    ball = ball_pixels(state.ball) & ~_WALLS
    return np.where(ball, _LINE_GREYS, screen)


def _line_greys() -> np.ndarray:
    greys = np.full((HEIGHT, 1), WALL_GREY, np.uint8)
    greys[BRICK_TOP:BRICK_BOTTOM, 0] = np.repeat(BRICK_GREYS, BRICK_HEIGHT)
    greys[BRICK_BOTTOM:] = RED_GREY
    return greys


def _background() -> np.ndarray:
    screen = np.where(_WALLS, WALL_GREY, 0).astype(np.uint8)
    screen[189:FIELD_BOTTOM, :FIELD_LEFT] = TEAL_GREY
    screen[189 : FIELD_BOTTOM - 1, FIELD_RIGHT:] = RED_GREY
    return screen


_WALLS = walls()
_LINE_GREYS = _line_greys()  # uint8 (210, 1)
_BACKGROUND = _background()  # uint8 (210, 160)
