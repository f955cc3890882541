"""What a player does, in numbers: one per game and quantity, measured without a look at any network.

A quantity that a game does not allow, or that is undefined for one game, is NaN: no tunnel, no decision at which the
first was opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, log2, nan

import numpy as np

from rlxai.strategy import digging, loops, tracking
from rlxai.strategy.bootstrap import Interval, bootstrap_mean
from rlxai.strategy.quantity import Absent, Game, Quantity


def measure(game: Game) -> dict[str, float]:
    """All quantities of one game, NaN where undefined."""
    return {quantity.name: quantity.of(game) for quantity in QUANTITIES}


def summarise(games: Iterable[dict[str, float]], *, seed: int = 0) -> dict[str, Interval]:
    """Mean of each quantity over the games in which it is defined, with its bootstrap interval over these."""
    rows = list(games)
    return {
        quantity.name: bootstrap_mean(np.array([row[quantity.name] for row in rows]), seed=seed)
        for quantity in QUANTITIES
    }


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else nan


def _distance(game: Game, *, arrivals: bool) -> float:
    ball, paddle, approaching = game.series("ball", "paddle", "approaching")
    at = tracking.arrivals(approaching) if arrivals else np.flatnonzero(approaching)
    return _mean(np.abs(ball - paddle)[at])


def _arrival_tracking(game: Game) -> float:
    ball, paddle, approaching = game.series("ball", "paddle", "approaching")
    at = tracking.arrivals(approaching)
    return tracking.correlation(ball[at], paddle[at])


def _per_life(game: Game) -> float:
    serves = len(game.events("serve"))
    return len(game.events("paddle-hit")) / serves if serves else nan


def _first_tunnel(game: Game) -> float:
    opened = game.events("tunnel-opened").decisions
    return float(opened[0]) if len(opened) else nan


def _removed(game: Game) -> np.ndarray:
    """The bricks removed up to the first tunnel: bool (rows, columns)."""
    bricks, opened = game.events("brick-hit"), game.events("tunnel-opened").decisions
    assert game.played is not None
    if game.played.grid is None:
        raise Absent
    early = bricks.decisions <= opened[0] if len(opened) else slice(None)
    removed = np.zeros(game.played.grid, bool)
    removed[bricks.facts["row"][early].astype(int), bricks.facts["column"][early].astype(int)] = True
    return removed


def _digging(game: Game, *, by_row: bool) -> float:
    removed = _removed(game)
    return digging.concentration(removed) - digging.chance(removed, by_row=by_row)


def _above_share(game: Game) -> float:
    bricks = game.events("brick-hit")
    if "above" not in bricks.facts:
        raise Absent
    points = bricks.facts["points"]
    return float((points * bricks.facts["above"]).sum() / points.sum()) if points.sum() else nan


def _looping(game: Game) -> float:
    if game.played is None:
        raise Absent
    return float(loops.looping(game.played.state, game.taken).mean())


QUANTITIES: tuple[Quantity, ...] = (
    Quantity("score", "points", -inf, inf, "Sum of the unclipped rewards.", lambda g: g.rewards.sum()),
    Quantity("length", "decisions", 0, inf, "Number of decisions.", lambda g: len(g.rewards)),
    Quantity(
        "tracking", "r", -1, 1,
        "Pearson correlation of the positions of ball and paddle along the paddle's track, over the decisions at which "
        "the ball approaches with nothing in between.",
        lambda g: tracking.tracking(*g.series("ball", "paddle", "approaching")),
    ),
    Quantity(
        "tracking-control", "r", -1, 1,
        "The same of each approach of the ball with the paddle in other approaches: what a fixed movement would have.",
        lambda g: tracking.tracking_control(*g.series("ball", "paddle", "approaching")),
    ),
    Quantity(
        "arrival-tracking", "r", -1, 1,
        "Pearson correlation of the positions of ball and paddle at the last decision of each approach.",
        _arrival_tracking,
    ),
    Quantity(
        "distance", "px", 0, inf,
        "Mean distance of the centres of ball and paddle along the paddle's track while the ball approaches.",
        lambda g: _distance(g, arrivals=False),
    ),
    Quantity(
        "arrival-distance", "px", 0, inf, "The same at the last decision of each approach.",
        lambda g: _distance(g, arrivals=True),
    ),
    Quantity(
        "lag", "decisions", -tracking.MAX_LAG, tracking.MAX_LAG,
        "The k at which the correlation of the ball's position at t and the paddle's at t + k is largest; above 0 the "
        "paddle follows, below 0 it is ahead.",
        lambda g: tracking.lag(*g.series("ball", "paddle", "approaching", "in-play")),
    ),
    Quantity("hits-per-life", "hits", 0, inf, "Hits of the paddle per ball served.", _per_life),
    Quantity(
        "hit-offset", "px", 0, inf, "Mean distance of the centres of ball and paddle when it is hit.",
        lambda g: _mean(np.abs(g.events("paddle-hit").facts["offset"])),
    ),
    Quantity(
        "bricks-removed", "bricks", 0, inf, "Bricks removed in the game.", lambda g: len(g.events("brick-hit")),
    ),
    Quantity(
        "digging", "Gini", 0, 1,
        "Gini coefficient over columns of the bricks removed up to the first tunnel: 0 evenly, near 1 all in one.",
        lambda g: digging.concentration(_removed(g)),
    ),
    Quantity(
        "digging-above-uniform", "Gini", -1, 1,
        "Digging minus its mean for as many bricks removed anywhere by chance.", lambda g: _digging(g, by_row=False),
    ),
    Quantity(
        "digging-above-shuffled", "Gini", -1, 1,
        "Digging minus its mean for as many bricks of each row removed, in columns drawn by chance.",
        lambda g: _digging(g, by_row=True),
    ),
    Quantity(
        "columns-opened", "columns", 0, inf, "Times that the last brick of a column was removed.",
        lambda g: len(g.events("tunnel-opened")),
    ),
    Quantity(
        "tunnel", "share of games", 0, 1, "1 if a column was opened, else 0.",
        lambda g: len(g.events("tunnel-opened")) > 0,
    ),
    Quantity("first-tunnel", "decision", 0, inf, "Decision at which the first column was opened.", _first_tunnel),
    Quantity(
        "first-tunnel-bricks", "bricks", 0, inf, "Bricks removed when the first column was opened, its own included.",
        lambda g: _removed(g).sum() if len(g.events("tunnel-opened")) else nan,
    ),
    Quantity(
        "above-entries", "times", 0, inf, "Times that the ball got above the wall from below.",
        lambda g: len(g.events("ball-above-wall")),
    ),
    Quantity(
        "above-share", "share of points", 0, 1,
        "Points of bricks hit between the ball's getting above the wall and its being below it again, of all points.",
        _above_share,
    ),
    Quantity(
        "action-entropy", "bit", 0, log2(18), "Shannon entropy of how often each action was pressed.",
        lambda g: loops.entropy(g.taken),
    ),
    Quantity(
        "looping", "share of decisions", 0, 1,
        "Decisions in stretches that repeat, state by state and action by action, what was just before.", _looping,
    ),
    Quantity(
        "drought", "decisions", 0, inf, "Longest stretch without a reward.",
        lambda g: loops.longest(g.rewards == 0),
    ),
    Quantity(
        "waiting", "share of decisions", 0, 1, "Decisions at which the game waits for the player.",
        lambda g: (~g.series("in-play")[0]).mean(),
    ),
)  # fmt: skip
