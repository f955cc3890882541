"""Edits of Breakout's RAM: what an observation, or a game that is played on, would be like if something were different.

Every edit is drawn exactly by `rlxai.games.breakout_render`. Played on from, some would not last or would falsify the
score; `Edit.refusal` says which and why. How each byte was found is told in `rlxai.games.breakout_state`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.games.breakout import channel_cells
from rlxai.games.breakout_aim import ball_to_be_hit, opposite_column, passes_column, reaches_column
from rlxai.games.breakout_bricks import write_bricks
from rlxai.games.breakout_render import (
    BRICK_AREA,
    BRICK_GREYS,
    FIELD_LEFT,
    FIELD_RIGHT,
    FIELD_TOP,
    HEIGHT,
    LIVES,
    SCORE,
    WIDTH,
    render_grey,
)
from rlxai.games.breakout_state import BRICK_COLUMNS, BRICK_ROWS, FIELD_BOTTOM, read_bricks, read_state
from rlxai.games.edit import Aim, Edit, Paint, Presence, framewise

BALL_WIDTH, BALL_HEIGHT = 2, 4

_TUNNELS = (0, 6, 11, 17)
"""Columns of the tunnels that agents are asked about: both sides, and two in between."""
_ASIDE = 20
"""Screen pixels by which ball and paddle are displaced: more than the paddle is wide."""

_BUILDING = "the game is still putting up its wall and would undo it; 37 frames after the reset it is done"
_FLIES_ON = "the game lets the ball fly on from wherever its bytes say, and shows it again within a few frames"
_KNOB = "the game moves the paddle back to where its knob points, half of the way in each frame; press LEFT or RIGHT"
_PROGRAM = "the game takes the colours of its bricks from its program, not from RAM"
_STACK = "the game has no say in which frames the agent is shown"
_DRAWN_ANEW = "the game draws its score line anew in every frame, and editing the numbers would change the reward"


def ball_removed() -> Edit:
    """No ball, as while the game waits for FIRE."""

    def change(ram: np.ndarray) -> None:
        ram[101] = 0

    return Edit("ball-removed", framewise(change), refusal=lambda ram: _FLIES_ON)


def ball_moved(right: int, down: int) -> Edit:
    """The ball displaced by so many screen pixels, within the playing field; one that is off the screen stays there."""
    _require("ball-moved", -HEIGHT, HEIGHT, right, down)

    def change(ram: np.ndarray) -> None:
        if read_state(ram).ball is not None:
            ram[99] = _within(FIELD_LEFT, FIELD_RIGHT - BALL_WIDTH, int(ram[99]) - 49, right) + 49
            ram[101] = _within(FIELD_TOP + 1, FIELD_BOTTOM - BALL_HEIGHT, int(ram[101]) + 9, down) - 9

    return Edit(f"ball-moved:{right}:{down}", framewise(change))


def ball_mirrored() -> Edit:
    """Place and velocity of the ball mirrored left to right; the rest stays."""

    def change(ram: np.ndarray) -> None:
        if read_state(ram).ball is not None:
            ram[99] = np.clip(WIDTH - BALL_WIDTH - (int(ram[99]) - 49), 0, WIDTH - BALL_WIDTH) + 49
            velocity = -(int(ram[105]) << 8 | int(ram[106]))  # one number of 16 bits
            ram[105], ram[106] = velocity >> 8 & 255, velocity & 255

    return Edit("ball-mirrored", framewise(change))


def paddle_moved(right: int) -> Edit:
    """The paddle displaced by so many screen pixels, between the walls."""
    _require("paddle-moved", -WIDTH, WIDTH, right)

    def change(ram: np.ndarray) -> None:
        ram[72] = _within(FIELD_LEFT, FIELD_RIGHT - 2 * int(ram[108]), int(ram[72]) - 47, right) + 47

    return Edit(f"paddle-moved:{right}", framewise(change), refusal=lambda ram: _KNOB)


def tunnel_carved(column: int) -> Edit:
    """All six bricks of a column gone; column 0 is at the left."""
    _require("tunnel-carved", 0, BRICK_COLUMNS - 1, column)

    def change(bricks: np.ndarray) -> np.ndarray:
        bricks[:, column] = False
        return bricks

    return _brick_edit(f"tunnel-carved:{column}", change)


def tunnel_closed() -> Edit:
    """Bricks put back wherever an empty cell leads from below the wall to above it."""
    return _brick_edit("tunnel-closed", lambda bricks: bricks | channel_cells(bricks))


def row_removed(row: int) -> Edit:
    """All bricks of a row gone; row 0 is at the top."""
    _require("row-removed", 0, BRICK_ROWS - 1, row)

    def change(bricks: np.ndarray) -> np.ndarray:
        bricks[row] = False
        return bricks

    return _brick_edit(f"row-removed:{row}", change)


def bricks_removed() -> Edit:
    """All bricks gone."""
    return _brick_edit("bricks-removed", np.zeros_like)


def bricks_restored() -> Edit:
    """All bricks put back."""
    return _brick_edit("bricks-restored", np.ones_like)


def bricks_shifted(columns: int) -> Edit:
    """The wall's pattern shifted to the right by so many columns; what leaves at one side comes in at the other."""
    _require("bricks-shifted", -BRICK_COLUMNS, BRICK_COLUMNS, columns)
    return _brick_edit(f"bricks-shifted:{columns}", lambda bricks: np.roll(bricks, columns, axis=1))


def bricks_mirrored() -> Edit:
    """The wall's pattern mirrored left to right, as in Atrey et al. 2020 (arXiv 1912.05743)."""
    return _brick_edit("bricks-mirrored", lambda bricks: bricks[:, ::-1])


def bricks_recoloured(rows: int) -> Edit:
    """Each row of bricks in the colour that the row so many below it has, the lowest ones in those at the top.

    So is a ball that is among the bricks: the game draws it in the colour of the row it is in.
    """
    _require("bricks-recoloured", 1, BRICK_ROWS - 1, rows)
    greys = np.arange(256, dtype=np.uint8)
    greys[list(BRICK_GREYS)] = np.roll(BRICK_GREYS, -rows)

    def paint(screen: np.ndarray) -> np.ndarray:
        painted = screen.copy()
        painted[BRICK_AREA] = greys[painted[BRICK_AREA]]
        return painted

    return Edit(f"bricks-recoloured:{rows}", np.copy, paint, refusal=lambda ram: _PROGRAM)


def score_hidden() -> Edit:
    """The score blacked out."""
    return Edit("score-hidden", np.copy, _blackened(SCORE), refusal=lambda ram: _DRAWN_ANEW)


def lives_hidden() -> Edit:
    """The number of lives blacked out."""
    return Edit("lives-hidden", np.copy, _blackened(LIVES), refusal=lambda ram: _DRAWN_ANEW)


def stilled() -> Edit:
    """The newest frame in place of all stacked ones: what is where stays, and nothing is seen to move."""
    return Edit("stilled", np.copy, still=True, refusal=lambda ram: _STACK)


def _blackened(area: tuple[slice, slice]) -> Paint:
    def paint(screen: np.ndarray) -> np.ndarray:
        painted = screen.copy()
        painted[area] = 0
        return painted

    return paint


def _brick_edit(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Edit:
    # Zero once the wall is up: until then it counts down the bytes that the game still has to write.
    def refusal(ram: np.ndarray) -> str:
        return _BUILDING if ram[94] else ""

    return Edit(name, framewise(lambda ram: write_bricks(ram, change(read_bricks(ram)))), refusal=refusal)


def _within(low: int, high: int, place: int, displacement: int) -> int:
    """A displaced place between two bounds, neither of which pushes what is beyond it already."""
    return max(min(low, place), min(max(high, place), place + displacement))


def _require(edit: str, low: int, high: int, *values: int) -> None:
    for value in values:
        if not low <= value <= high:
            raise InvalidValue(f"{edit} takes {low} to {high}, met {value}")


class BreakoutEdits:
    """The edits of Breakout (game mode 0, difficulty 0)."""

    kinds: Mapping[str, Callable[..., Edit]] = {
        "ball-removed": ball_removed,
        "ball-moved": ball_moved,
        "ball-mirrored": ball_mirrored,
        "paddle-moved": paddle_moved,
        "tunnel-carved": tunnel_carved,
        "tunnel-closed": tunnel_closed,
        "row-removed": row_removed,
        "bricks-removed": bricks_removed,
        "bricks-restored": bricks_restored,
        "bricks-shifted": bricks_shifted,
        "bricks-mirrored": bricks_mirrored,
        "bricks-recoloured": bricks_recoloured,
        "score-hidden": score_hidden,
        "lives-hidden": lives_hidden,
        "stilled": stilled,
    }
    presences: Mapping[str, Presence] = {
        "ball": Presence((ball_removed(),), adds=False),
        "tunnel": Presence(tuple(map(tunnel_carved, _TUNNELS)), adds=True),
    }
    battery: Mapping[str, Edit] = {
        "ball-removed": ball_removed(),
        "ball-left": ball_moved(-_ASIDE, 0),
        "ball-right": ball_moved(_ASIDE, 0),
        "ball-up": ball_moved(0, -_ASIDE),
        "ball-down": ball_moved(0, _ASIDE),
        "ball-mirrored": ball_mirrored(),
        "paddle-left": paddle_moved(-_ASIDE),
        "paddle-right": paddle_moved(_ASIDE),
        "tunnel-left": tunnel_carved(_TUNNELS[0]),
        "tunnel-middle-left": tunnel_carved(_TUNNELS[1]),
        "tunnel-middle-right": tunnel_carved(_TUNNELS[2]),
        "tunnel-right": tunnel_carved(_TUNNELS[3]),
        "tunnel-closed": tunnel_closed(),
        "bottom-row-removed": row_removed(BRICK_ROWS - 1),
        "bricks-shifted": bricks_shifted(3),
        "bricks-mirrored": bricks_mirrored(),
        "bricks-removed": bricks_removed(),
        "bricks-restored": bricks_restored(),
        "bricks-recoloured": bricks_recoloured(3),
        "score-hidden": score_hidden(),
        "lives-hidden": lives_hidden(),
        "stilled": stilled(),
    }
    aims: Mapping[str, Aim] = {
        "tunnel": Aim(_TUNNELS, tunnel_carved, opposite_column, ball_to_be_hit, reaches_column, passes_column),
    }

    def render(self, ram: np.ndarray) -> np.ndarray:
        """The screen from row 17 down; above, where the score line is, black."""
        return render_grey(ram)
