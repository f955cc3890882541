"""Tracking: does the paddle go where the ball goes, and how late?

Only decisions count at which the ball approaches the paddle: what the paddle does meanwhile is what hits the ball.
"""

from __future__ import annotations

import numpy as np

MAX_LAG = 12
"""Decisions of delay or anticipation looked at; a ball takes about 8 to 24 decisions from Breakout's wall down."""
_ROTATIONS = 20


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r over the pairs without NaN; NaN where there are fewer than three or one side is constant."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def tracking(ball: np.ndarray, paddle: np.ndarray, approaching: np.ndarray) -> float:
    """Correlation r of ball and paddle along the paddle's track, each float (T,), while the ball approaches."""
    return correlation(ball[approaching], paddle[approaching])


def arrivals(approaching: np.ndarray) -> np.ndarray:
    """Last decision of each approach of the ball: it is at the paddle, or about to pass it."""
    return np.flatnonzero(approaching & ~np.append(approaching[1:], False))


def tracking_control(ball: np.ndarray, paddle: np.ndarray, approaching: np.ndarray) -> float:
    """Mean r of each approach of the ball with the paddle in another approach.

    A player that repeats one movement whatever the ball does has as much here as in `tracking`. Approach i is paired
    with approach i + k, from the start of each to the end of the shorter, for k = 1, 2, ... up to 20; NaN where there
    is one approach or none.
    """
    starts, stops = np.flatnonzero(np.diff(approaching.astype(int), prepend=0) == 1), arrivals(approaching) + 1
    found = []
    for rotation in range(1, min(len(starts), _ROTATIONS + 1)):
        pairs = zip(starts, stops, np.roll(starts, -rotation), np.roll(stops, -rotation), strict=True)
        lengths = [(i, j, min(i_stop - i, j_stop - j)) for i, i_stop, j, j_stop in pairs]
        balls = np.concatenate([ball[i : i + length] for i, _, length in lengths])
        paddles = np.concatenate([paddle[j : j + length] for _, j, length in lengths])
        found.append(correlation(balls, paddles))
    known = [r for r in found if np.isfinite(r)]
    return float(np.mean(known)) if known else float("nan")


def lag(ball: np.ndarray, paddle: np.ndarray, approaching: np.ndarray, in_play: np.ndarray) -> float:
    """Decisions by which the paddle is behind the ball: the k at which r of ball[t] and paddle[t + k] is largest.

    Decisions t are those at which the ball approaches; t + k must be of the same rally. Negative: the paddle is where
    the ball will be. NaN where no r is positive, or where the largest is at the limit, +-12, and so no maximum.
    """
    rally = np.cumsum(np.diff(in_play.astype(int), prepend=0) == 1) * in_play  # 0 while nothing is in play
    times = np.flatnonzero(approaching)
    lags = np.arange(-MAX_LAG, MAX_LAG + 1)
    found = np.full(len(lags), -np.inf)
    for index, shift in enumerate(lags):
        at = times[(times + shift >= 0) & (times + shift < len(ball))]
        at = at[rally[at] == rally[at + shift]]
        found[index] = np.nan_to_num(correlation(ball[at], paddle[at + shift]), nan=-np.inf)
    best = min(np.flatnonzero(found == found.max()), key=lambda index: abs(lags[index]))
    if found[best] <= 0 or abs(lags[best]) == MAX_LAG:
        return float("nan")
    return float(lags[best])
