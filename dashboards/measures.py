"""What the Training page plots: quantities of behaviour, measures of relevance on objects, worths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.parts.sections import Shown

BEHAVIOUR = ("tracking", "hits-per-life", "columns-opened", "digging-above-shuffled", "above-share", "action-entropy")
"""Quantities shown at first, where they are measured."""
VALUES = (
    Shown("value-of/ball", "common", "ball, in the value", "spreads of the value", chance=0.0),
    Shown("value-of/tunnel", "common", "tunnel, in the value", "spreads of the value", chance=0.0),
    Shown("advantage-of/ball", "common", "ball, in the decision", "spreads of the advantage", chance=0.0),
    Shown("advantage-of/tunnel", "common", "tunnel, in the decision", "spreads of the advantage", chance=0.0),
)
_TOLD = ("visible-ball", "paddle", "tunnel", "bricks")


@dataclass(frozen=True)
class Measure:
    """A family of curves, one for each object; `chance` is where an indifferent network lies."""

    family: str
    axis: str
    log: bool = False
    chance: float | None = None

    def of(self, name: str, states: str) -> Shown:
        """The curve of one object."""
        return Shown(f"{self.family}/{name}", states, name.replace("-", " "), self.axis, self.log, self.chance)


MEASURES = {
    "lift": Measure("lift", "lift (1 = chance)", log=True, chance=1.0),
    "share of |R|": Measure("share", "share of |R|"),
    "signed share": Measure("signed", "signed share of |R|", chance=0.0),
    "older frames": Measure("motion", "part on older frames"),
}


def usual(objects: Sequence[str]) -> list[str]:
    """Objects shown at first: those a strategy is told by, the ball as far as it can be seen; else all."""
    return [one for one in _TOLD if one in objects] or list(objects)
