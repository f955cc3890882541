"""Where Breakout's objects are in a plane: exact pixel coverage from RAM."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from rlxai.games.breakout_render import (
    FIELD_LEFT,
    FIELD_RIGHT,
    FIELD_TOP,
    HEIGHT,
    LIVES,
    SCORE,
    WIDTH,
    ball_pixels,
    box_pixels,
    brick_pixels,
    walls,
)
from rlxai.games.breakout_state import BRICK_BOTTOM, BRICK_WIDTH, BreakoutState, ball_in_play, read_bricks, read_state
from rlxai.games.coverage import coverage


class Breakout:
    """The objects of Breakout as masks.

    A plane is the maximum over two emulator frames, so an object covers what it covers in either of them.

    - `ball`: where the ball is drawn. `visible-ball`: the part of it that can be seen, that is, not over a standing
      brick, a wall or the paddle, all of which have its colour. In some planes it is empty while `ball` is not.
    - `paddle`, `bricks` (those standing).
    - `wall`: top wall and side walls, which never change.
    - `tunnel`: the columns of which all six bricks are gone. `channel`: the empty brick cells through which the free
      space below the bricks is connected with the space above them, straight or not; contains every tunnel.
    - `score`, `lives`: where their digits stand. `corners`: the two outermost columns of bricks at each side and the
      free space above them, where tunnels are usually dug; always there, bricks or not.
    """

    names: tuple[str, ...] = (
        "ball",
        "visible-ball",
        "paddle",
        "bricks",
        "wall",
        "channel",
        "tunnel",
        "score",
        "lives",
        "corners",
    )

    def masks(self, ram: np.ndarray, size: int = 84) -> np.ndarray:
        """Share of each cell of a plane that an object covers.

        Args:
            ram: uint8 (2, 128), of the two pooled frames.
            size: height and width of the plane.

        Returns:
            float32 (10, size, size) in [0, 1], in the order of `names`: pixel masks under cv2's INTER_AREA.
        """
        before, after = read_state(ram[0]), read_state(ram[1])
        bricks = before.bricks | after.bricks
        standing, wall, channel, tunnel = _field_masks(bricks.tobytes(), size)
        return np.stack([
            coverage(ball_pixels(before.ball) | ball_pixels(after.ball), size),
            coverage(_visible_ball(before) | _visible_ball(after), size),
            coverage(box_pixels(before.paddle) | box_pixels(after.paddle), size),
            standing, wall, channel, tunnel, *_fixed_masks(size),
        ])  # fmt: skip

    def in_play(self, ram: np.ndarray) -> bool:
        """A ball moves; otherwise the game waits for FIRE. RAM of one frame, uint8 (128,)."""
        return ball_in_play(ram)


def open_columns(ram: np.ndarray) -> np.ndarray:
    """Columns of which all six bricks are gone, bool (18,). RAM of one frame, uint8 (128,)."""
    columns: np.ndarray = np.logical_not(read_bricks(ram)).all(axis=0)
    return columns


def channel_cells(bricks: np.ndarray) -> np.ndarray:
    """The empty cells through which the space below is connected with the space above, side by side, not diagonally.

    Args:
        bricks: bool (6, 18), top row first.

    Returns:
        bool (6, 18).
    """
    _, labels = cv2.connectedComponents((~bricks).astype(np.uint8), connectivity=4)
    through = np.intersect1d(labels[0], labels[-1])
    cells: np.ndarray = np.isin(labels, through[through > 0])
    return cells


@lru_cache(maxsize=256)
def _field_masks(bricks: bytes, size: int) -> tuple[np.ndarray, ...]:
    cells = np.frombuffer(bricks, bool).reshape(6, 18)
    channel = channel_cells(cells)
    tunnel = np.broadcast_to(~cells.any(axis=0), cells.shape)
    pixels = brick_pixels(cells), _WALLS, brick_pixels(channel), brick_pixels(tunnel)
    return tuple(coverage(mask, size) for mask in pixels)


@lru_cache(maxsize=8)
def _fixed_masks(size: int) -> tuple[np.ndarray, ...]:
    rows, wide = slice(FIELD_TOP, BRICK_BOTTOM), 2 * BRICK_WIDTH
    left, right = slice(FIELD_LEFT, FIELD_LEFT + wide), slice(FIELD_RIGHT - wide, FIELD_RIGHT)
    masks = np.zeros((3, HEIGHT, WIDTH), bool)
    for mask, areas in zip(masks, ((SCORE,), (LIVES,), ((rows, left), (rows, right))), strict=True):
        for area in areas:
            mask[area] = True
    return tuple(coverage(mask, size) for mask in masks)


def _visible_ball(state: BreakoutState) -> np.ndarray:
    covered = _WALLS | brick_pixels(state.bricks) | box_pixels(state.paddle)
    visible: np.ndarray = ball_pixels(state.ball) & ~covered
    return visible


_WALLS = walls()
