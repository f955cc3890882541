"""Colours of relevance: look-up tables with an exact zero, and the one rule that maps relevance to a colour.

The rule, shared by video and player: v = clip(R / scale, -1, 1), level = round(127 v) in -127..127,
colour = table[level + 127]. Level 0 is the exact centre of every table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from rlxai.errors import InvalidValue

LEVELS = 127
"""Levels on each side of zero; also the index of zero in every table."""

Stops = Sequence[tuple[float, tuple[int, int, int]]]

# (|v|, RGB) on one side of zero; the colours between stops are linear in RGB.
_ORANGE: Stops = ((0.0, (0, 0, 0)), (0.25, (190, 75, 0)), (0.55, (255, 130, 0)), (1.0, (255, 200, 60)))
_HOT: Stops = ((0.0, (0, 0, 0)), (0.5, (255, 0, 0)), (1.0, (255, 255, 0)))  # no white end: both sides would share it
_RED: Stops = ((0.0, (255, 255, 255)), (1.0, (255, 0, 0)))
_HEAT: Stops = (
    (0.0, (0, 0, 0)),
    (0.25, (150, 20, 60)),
    (0.5, (235, 80, 20)),
    (0.75, (255, 170, 30)),
    (1.0, (255, 250, 190)),
)

# The positive side of each signed map. The negative side is its mirror with red and blue exchanged,
# so that +v and -v have the same shape and differ in hue alone.
_SIGNED = {"blue-orange": _ORANGE, "coldnhot": _HOT, "bwr": _RED}
_SEQUENTIAL = {"heat": _HEAT}


def names(signed: bool | None = None) -> tuple[str, ...]:
    """Names of the colour maps: the signed ones, the sequential ones, or (None) all."""
    if signed is None:
        return (*_SIGNED, *_SEQUENTIAL)
    return tuple(_SIGNED if signed else _SEQUENTIAL)


def default_for(signed: bool) -> str:
    """The default map: "blue-orange" for signed relevance, "heat" for relevance that is never negative.

    A signed map on a positive-only method would suggest evidence against where there is none.
    """
    return names(signed)[0]


@cache
def lut(name: str) -> np.ndarray:
    """Colour table of a map, uint8 RGB (255, 3), read-only: index 127 is exactly zero, 0 is -scale, 254 is +scale.

    Sequential maps keep the layout; their negative half is the colour of zero.

    Raises:
        InvalidValue: no map has this name.
    """
    if name not in names():
        raise InvalidValue(f"there is no colour map {name!r}; known: {', '.join(names())}")
    side = _ramp(_SIGNED.get(name) or _SEQUENTIAL[name])  # (128, 3), |v| = 0 first
    negative = side[:, ::-1] if name in _SIGNED else np.repeat(side[:1], len(side), axis=0)
    table = np.concatenate([negative[:0:-1], side])
    table.flags.writeable = False
    return table


def level(relevance: np.ndarray, scale: float | np.ndarray) -> np.ndarray:
    """Table index of each relevance: 127 + round(127 clip(R / scale, -1, 1)).

    A scale of 0 makes everything zero; NaN and infinite relevance is drawn as zero, and `nonfinite` counts it.

    Args:
        relevance: float, any shape.
        scale: relevance of full colour, in the unit of the relevance; a number or an array that broadcasts.

    Returns:
        uint8 of the shape of `relevance`, 0 to 254.

    Raises:
        InvalidValue: a scale is negative or not finite.
    """
    scale = np.asarray(scale, np.float64)
    wrong = scale[~(np.isfinite(scale) & (scale >= 0))]
    if wrong.size:
        raise InvalidValue(f"a colour scale must be finite and at least 0, met {wrong.flat[0]:g}")
    relevance = np.where(np.isfinite(relevance), relevance, 0.0)
    with np.errstate(over="ignore"):  # a huge ratio is infinite and clipped
        v = np.divide(relevance, scale, out=np.zeros(np.broadcast(relevance, scale).shape), where=scale > 0)
    levels: np.ndarray = np.rint(LEVELS * np.clip(v, -1, 1)) + LEVELS
    return levels.astype(np.uint8)


def nonfinite(relevance: np.ndarray) -> int:
    """How many values are NaN or infinite, and so drawn as zero."""
    return int(relevance.size - np.count_nonzero(np.isfinite(relevance)))


def _ramp(stops: Stops) -> np.ndarray:
    """uint8 (128, 3): the colours of |v| = 0, 1/127, ... 1 between the stops."""
    at, colours = zip(*stops, strict=True)
    v = np.linspace(0, 1, LEVELS + 1)
    return np.stack([np.rint(np.interp(v, at, channel)) for channel in zip(*colours, strict=True)], 1).astype(np.uint8)
