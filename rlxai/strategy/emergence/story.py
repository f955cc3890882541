"""The curves that tell how play emerges, chosen before any of them was looked at.

Every further curve makes it harder for all to pass Holm's adjustment: with 12 snapshots p is 0.002 at the least, so
that of more than 25 none could pass. Whoever wants another one takes one out, before looking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Chapter = Literal["ball", "paddle", "tunnel"]
CHAPTERS: tuple[Chapter, ...] = ("ball", "paddle", "tunnel")
ROWS = ("looks, common states", "looks, own states", "does", "cares")


@dataclass(frozen=True)
class StoryCurve:
    """A curve of the story."""

    figure: str
    states: Literal["common", "own"]
    says: str
    """What the agent does, if the curve is high."""
    axis: str
    """What is measured."""
    chapter: Chapter | None = None
    """Column of the figure; None for the score, which stands above all."""
    row: str | None = None
    """Row of the figure."""


def _lift(name: str, chapter: Chapter, says: str, states: Literal["common", "own"]) -> StoryCurve:
    return StoryCurve(f"lift/{name}", states, says, "lift of relevance", chapter, f"looks, {states} states")


STORY = (
    _lift("visible-ball", "ball", "looks at the ball", "common"),
    _lift("paddle", "paddle", "looks at the paddle", "common"),
    _lift("tunnel", "tunnel", "looks at tunnels", "common"),
    _lift("visible-ball", "ball", "looks at the ball, in its own play", "own"),
    _lift("paddle", "paddle", "looks at the paddle, in its own play", "own"),
    _lift("tunnel", "tunnel", "looks at tunnels, in its own play", "own"),
    StoryCurve("behaviour/tracking", "own", "follows the ball", "r of ball and paddle", "ball", "does"),
    StoryCurve("behaviour/hits-per-life", "own", "returns the ball", "hits per life", "paddle", "does"),
    StoryCurve("behaviour/columns-opened", "own", "opens tunnels", "columns opened per game", "tunnel", "does"),
    StoryCurve("value-of/ball", "common", "values the ball", "worth of the ball, spreads", "ball", "cares"),
    StoryCurve(
        "changed/paddle-left", "common", "heeds where the paddle is", "decisions changed if moved", "paddle", "cares"
    ),
    StoryCurve("value-of/tunnel", "common", "values tunnels", "worth of a tunnel, spreads", "tunnel", "cares"),
    StoryCurve("behaviour/above-share", "own", "scores above the wall", "share of points"),
    StoryCurve("behaviour/score", "own", "scores", "score"),
)

LEADS = (
    (("lift/visible-ball", "common"), ("behaviour/tracking", "own")),
    (("lift/tunnel", "common"), ("behaviour/columns-opened", "own")),
    (("value-of/tunnel", "common"), ("behaviour/columns-opened", "own")),
)
"""Pairs of which one may begin before the other: what the agent looks at or cares for, and what it does."""
