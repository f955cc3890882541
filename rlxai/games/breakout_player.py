"""A scripted Breakout player that reads RAM: good play without a trained agent, for tests and for comparison."""

from __future__ import annotations

from itertools import product
from math import ceil

import numpy as np

from rlxai.games.breakout_state import BRICK_BOTTOM, BreakoutState, ball_in_play, read_state

PADDLE_MIN, PADDLE_MAX = 8, 144
"""Range of the paddle's left edge."""
PADDLE_TOP = 189
KNOB = {"NOOP": 0.0, "RIGHT": 5.5, "LEFT": -5.5}
"""What a pressed button turns the emulated knob by, in pixels of paddle rest position per frame (mean)."""
OFF_CENTRE = 2
"""Hitting the ball off the paddle's centre, in pixels, keeps rallies from repeating and opens tunnels sooner."""
DECISION, HORIZON = 4, 3
"""Frames per decision; decisions looked ahead."""


def follow_ball(ram: np.ndarray) -> str:
    """The button that brings the paddle under the ball.

    The paddle halves its distance to the knob's rest position in each frame, and one decision turns the knob by more
    than the paddle's width. So all sequences of the next three decisions are tried on that model of the paddle.

    Args:
        ram: uint8 (128,), of the latest frame.

    Returns:
        "NOOP", "FIRE", "RIGHT" or "LEFT".
    """
    state = read_state(ram)
    if not ball_in_play(ram):
        return "FIRE"
    if state.ball is None:
        return "NOOP"
    ball, frames = _landing(state)
    target = ball + 1 - (state.paddle.right - state.paddle.left) / 2 - OFF_CENTRE
    rest = 188 - int(ram[70])
    decisions = min(HORIZON, max(1, ceil(frames / DECISION)))
    plans = product(KNOB, repeat=decisions)
    return min(plans, key=lambda plan: _miss(plan, state.paddle.left, rest, frames, target))[0]


def _landing(state: BreakoutState) -> tuple[float, int]:
    """(left edge of the ball at the paddle's height, frames until then); while it rises, the edge now and many."""
    assert state.ball is not None
    _, vy = state.ball_velocity
    if vy <= 0 or state.ball.top < BRICK_BOTTOM:
        return state.ball.left, HORIZON * DECISION + 1
    frames = max((PADDLE_TOP - state.ball.bottom) / vy, 0)
    unfolded = (state.ball.left + state.ball_velocity[0] * frames - 8) % 284  # the walls mirror its path
    return 8 + min(unfolded, 284 - unfolded), round(frames)


def _miss(plan: tuple[str, ...], left: float, rest: float, frames: int, target: float) -> float:
    """Distance of the paddle from the target when the ball lands, or once at rest if that is beyond the plan."""
    buttons = [button for button in plan for _ in range(DECISION)]
    for button in buttons[:frames]:
        left += (min(max(rest, PADDLE_MIN), PADDLE_MAX) - left) / 2
        rest = min(max(rest + KNOB[button], 4), 188)
    presses = sum(button != "NOOP" for button in plan)
    return abs((left if frames <= len(buttons) else rest) - target) + 0.01 * presses  # stillness where it is no worse
