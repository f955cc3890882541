"""What a player does in Pong: where ball and paddle are, which balls it hits. From RAM."""

from __future__ import annotations

import numpy as np

from rlxai.games.played import Events, Played
from rlxai.games.pong import PADDLE_HEIGHT, PADDLE_LEFT, ball_corner, ball_in_play, paddle_rows

_NEAR_PADDLE = PADDLE_LEFT - 16
"""A ball that turns to the left at or right of this column was hit by the paddle."""
_MATTERS = np.array([4, 49, 50, 51, 54, 56, 58])
"""RAM bytes of knob, ball, paddles and the ball's velocity."""


class PongBehaviour:
    """Pong's series and events: of the common ones `ball`, `paddle`, `approaching`, `in-play`, `serve`, `paddle-hit`.

    Positions are rows. Beyond them: series `ball-column` and `opponent`, events `point-won` and `point-lost`.
    """

    def read(self, ram: np.ndarray, rewards: np.ndarray, lives: np.ndarray, *, over: bool) -> Played:
        """Series and events of one game; the parameters are those of `GameBehaviour.read`."""
        skip = ram.shape[1]
        usable = ram[1:-1] if over else ram[1:]
        frames = np.concatenate([ram[0, -1:], usable.reshape(-1, ram.shape[2])])
        in_play = np.array([ball_in_play(frame) for frame in frames])
        corners = np.array([ball_corner(frame) for frame in frames], np.float64)
        ball = np.where(in_play, corners[:, 0] + 2, np.nan)
        column = np.where(in_play, corners[:, 1] + 1, np.nan)
        tops = np.array([paddle_rows(frame) for frame in frames], np.float64)
        paddle, opponent = (tops + PADDLE_HEIGHT / 2).T
        right = np.nan_to_num(np.sign(np.diff(column, prepend=np.nan)))  # direction of the last move
        hits = np.flatnonzero((right[1:] < 0) & (right[:-1] > 0) & (column[:-1] >= _NEAR_PADDLE)) + 1
        serves = np.flatnonzero(in_play[1:] & ~in_play[:-1]) + 1  # RAM of the title has a ball too
        seen = np.arange(len(rewards)) * skip  # frame that each decision is made on
        return Played(
            series={
                "ball": ball[seen], "paddle": paddle[seen], "approaching": right[seen] > 0,
                "in-play": in_play[seen], "ball-column": column[seen], "opponent": opponent[seen],
            },
            events={
                "serve": Events(_decisions(serves, skip)),
                "paddle-hit": Events(_decisions(hits, skip), {"offset": ball[hits] - paddle[hits]}),
                "point-won": Events(np.flatnonzero(rewards > 0)),
                "point-lost": Events(np.flatnonzero(rewards < 0)),
            },
            state=ram[:-1, -1][:, _MATTERS],
        )  # fmt: skip


def _decisions(frames: np.ndarray, skip: int) -> np.ndarray:
    decisions: np.ndarray = np.maximum(frames - 1, 0) // skip
    return decisions
