from __future__ import annotations

import numpy as np

from rlxai.episodes import play_script
from rlxai.games.breakout_frames import read_frames
from rlxai.games.breakout_state import ball_in_play, read_state
from rlxai.preprocessing import Preprocessing


def literal(ram):
    """One frame after the other, by the reader of single states."""
    inside = False
    for frame in ram:
        state = read_state(frame)
        ball = state.ball
        inside = ball is not None and (state.ball_above or (inside and ball.top < 93))
        yield {
            "ball": (ball.left + ball.right) / 2 if ball else np.nan,
            "height": (ball.top + ball.bottom) / 2 if ball else np.nan,
            "velocity": state.ball_velocity,
            "paddle": (state.paddle.left + state.paddle.right) / 2,
            "bricks": state.bricks,
            "score": state.score,
            "in_play": ball_in_play(frame),
            "above": inside,
        }


def check(ram):
    found = read_frames(ram)
    one_by_one = list(literal(ram))
    for name in one_by_one[0]:
        np.testing.assert_array_equal(getattr(found, name), np.array([one[name] for one in one_by_one]), err_msg=name)
    return found


def test_many_frames_are_read_as_one_by_one_whatever_the_bytes():
    ram = np.random.default_rng(0).integers(0, 256, (6000, 128), dtype=np.uint8)
    found = check(ram)
    assert found.above.any()
    assert not found.above.all()
    assert np.isnan(found.ball).any()


def test_many_frames_of_a_game_are_read_as_one_by_one():
    found = check(play_script("breakout", Preprocessing(), max_decisions=400).ram[:].reshape(-1, 128))
    assert found.in_play.any()
