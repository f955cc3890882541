"""What a player does in Breakout: where ball and paddle are, which bricks go, when a tunnel opens. Exact, from RAM."""

from __future__ import annotations

import numpy as np

from rlxai.games.breakout_frames import Frames, read_frames
from rlxai.games.breakout_player import PADDLE_TOP
from rlxai.games.breakout_render import FIELD_TOP
from rlxai.games.breakout_state import BRICK_BOTTOM, BRICK_COLUMNS, BRICK_ROWS
from rlxai.games.played import Events, Played

BRICK_POINTS = np.array([7, 7, 4, 4, 1, 1])
"""Points of a brick by row, top row first."""
_PADDLE_ZONE = PADDLE_TOP - 9
"""A ball that turns upwards at or below this row was hit by the paddle: its lowest rows have got there."""
_CEILING_ZONE = FIELD_TOP + 6
_MATTERS = np.r_[0:36, 70, 72, 99:107, 108]
"""RAM bytes of bricks, knob, paddle, ball and its velocity, and the paddle's width."""


class BreakoutBehaviour:
    """Breakout's series and events.

    Beyond the common ones: series `ball-height` (row of the ball's centre), `distance` (ball minus paddle, both at
    their centres, horizontally), `standing` (number of bricks), `bricks` (bool (T, 6, 18)) and `score`; events
    `wall-hit` (side walls) and `ceiling-hit`.

    All are read at every emulator frame, so that none falls between two decisions.
    """

    def read(self, ram: np.ndarray, rewards: np.ndarray, lives: np.ndarray, *, over: bool) -> Played:
        """Series and events of one game; the parameters are those of `GameBehaviour.read`."""
        skip = ram.shape[1]
        usable = ram[1:-1] if over else ram[1:]
        frames = read_frames(np.concatenate([ram[0, -1:], usable.reshape(-1, ram.shape[2])]))
        seen = np.arange(len(rewards)) * skip  # frame that each decision is made on
        events = {name: _at(frame, skip, facts) for name, (frame, facts) in _events(frames).items()}
        events["life-lost"] = Events(np.flatnonzero(np.diff(lives) < 0))
        ball, paddle = frames.ball[seen], frames.paddle[seen]
        return Played(
            series={
                "ball": ball,
                "paddle": paddle,
                "distance": ball - paddle,
                "ball-height": frames.height[seen],
                "approaching": (frames.velocity[seen, 1] > 0) & (frames.height[seen] >= BRICK_BOTTOM),
                "in-play": frames.in_play[seen],
                "above": frames.above[seen],
                "bricks": frames.bricks[seen],
                "standing": frames.bricks[seen].sum(axis=(1, 2)).astype(np.float64),
                "score": frames.score[seen],
            },
            events=events,
            state=ram[:-1, -1][:, _MATTERS],
            grid=(BRICK_ROWS, BRICK_COLUMNS),
        )


def _events(frames: Frames) -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Kind -> (frames at which it is first seen, facts)."""
    direction = np.sign(frames.velocity)
    on_screen = np.isfinite(frames.ball)
    turned = (direction[1:] * direction[:-1] < 0) & (on_screen[1:] & on_screen[:-1])[:, None]
    sideways, vertically = (np.flatnonzero(turned[:, axis]) + 1 for axis in (0, 1))
    up = vertically[direction[vertically, 1] < 0]
    hit = up[frames.height[up] >= _PADDLE_ZONE]
    bounced = vertically[(direction[vertically, 1] > 0) & (frames.height[vertically] <= _CEILING_ZONE)]
    gone, row, column = np.nonzero(frames.bricks[:-1] & ~frames.bricks[1:])
    closed = np.any(frames.bricks, axis=1, keepdims=True)[:, 0]  # (F, 18)
    opened, tunnel = np.nonzero(closed[:-1] & ~closed[1:])
    return {
        "serve": (_rises(frames.in_play), {}),
        "paddle-hit": (hit, {"offset": frames.ball[hit] - frames.paddle[hit]}),
        "wall-hit": (sideways[frames.height[sideways] < _PADDLE_ZONE], {}),  # the paddle turns it sideways too
        "ceiling-hit": (bounced, {}),
        "brick-hit": (
            gone + 1, {"row": row, "column": column, "points": BRICK_POINTS[row], "above": frames.above[gone]},
        ),
        "tunnel-opened": (opened + 1, {"column": tunnel}),
        "ball-above-wall": (_rises(frames.above), {}),
    }  # fmt: skip


def _rises(flags: np.ndarray) -> np.ndarray:
    """Frames at which a flag becomes true, or starts so."""
    return np.flatnonzero(flags & ~np.concatenate([[False], flags[:-1]]))


def _at(frames: np.ndarray, skip: int, facts: dict[str, np.ndarray]) -> Events:
    # Frame 0 is the start of the game, frames 1 to skip are those of decision 0.
    decisions = np.maximum(frames - 1, 0) // skip
    return Events(decisions, {name: values.astype(np.float64) for name, values in facts.items()})
