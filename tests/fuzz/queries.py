"""Query expressions with their meaning: what a query must find, told by Python instead of by the player's script."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

DECISIONS = 6
COLUMNS: dict[str, list[Any]] = {
    "a": [0, 1, 2, 3, -4, 0.5], "b": [1, 1, 0, None, 2, 7], "lift.ball": [None, 2.5, 0, 9, 1e6, -1],
    "lift.visible-ball": [3, 3, None, 0, 1, 2], "flag": [1, 0, None, 1, 0, 0], "action": [0, 1, 2, None, 0, 1],
}  # fmt: skip
NAMES = {"action": ["NOOP", "LEFT", "UP-LEFT"]}
TABLE = {"columns": COLUMNS, "names": NAMES}

Value = Callable[[int], float]
"""Of a decision; NaN where it is not known, 1 and 0 for true and false."""


@dataclass(frozen=True)
class Part:
    """A part of a query as it is written, and its value by the reference below."""

    text: str
    at: Value
    depth: int = 0


def _column(name: str) -> Value:
    return lambda t: math.nan if COLUMNS[name][t] is None else float(COLUMNS[name][t])


def _known(act: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else float(act(a, b))


def _divided(a: float, b: float) -> float:
    if b == 0 or (math.isinf(b) and math.isinf(a)):
        return (
            math.nan
            if a == 0 or math.isnan(a) or (math.isinf(a) and b != 0)
            else math.copysign(math.inf, a) * math.copysign(1, b)
        )
    return a / b


def _and(a: float, b: float) -> float:
    return 0.0 if 0 in (a, b) else math.nan if math.isnan(a) or math.isnan(b) else 1.0


def _or(a: float, b: float) -> float:
    return 1.0 if 1 in (a, b) else math.nan if math.isnan(a) or math.isnan(b) else 0.0


_COMPARE = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_SUMS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": _divided}
_JOINS = {"and": _and, "or": _or}


def _two(one: Part, sign: str, other: Part, act: Callable[[float, float], float]) -> Part:
    return Part(f"({one.text} {sign} {other.text})", lambda t: act(one.at(t), other.at(t)))


def _was(part: Part, back: int) -> Part:
    return Part(f"was({part.text}, {back})", lambda t: math.nan if t < back else part.at(t - back))


def _least(name: str, act: Any) -> Callable[[Part, Part], Part]:
    def call(one: Part, other: Part) -> Part:
        def at(t: int) -> float:
            a, b = one.at(t), other.at(t)
            return math.nan if math.isnan(a) or math.isnan(b) else act(a, b)

        return Part(f"{name}({one.text}, {other.text})", at)

    return call


def _constant(value: float) -> Part:
    return Part(repr(value), lambda _: value)


_BACK = st.integers(0, 3)
_LEAVES = st.one_of(
    st.sampled_from([Part(name, _column(name)) for name in ("a", "b", "lift.ball", "lift.visible-ball")]),
    st.sampled_from([0, 1, 2, 0.5, 2.5, 1e6]).map(_constant),
)
NUMBERS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, sign, b: _two(a, sign, b, _SUMS[sign]), inner, st.sampled_from(list(_SUMS)), inner),
        inner.map(lambda part: Part(f"(-{part.text})", lambda t: -part.at(t))),
        inner.map(lambda part: Part(f"abs({part.text})", lambda t: abs(part.at(t)))),
        st.builds(_least("min", min), inner, inner), st.builds(_least("max", max), inner, inner),
        st.builds(_was, inner, _BACK),
    ), max_leaves=6,
)  # fmt: skip
_ACTIONS = st.builds(
    lambda sign, name, quote: Part(
        f"action {sign} {quote}{name}{quote}",
        lambda t: _known(_COMPARE[sign])(_column("action")(t), NAMES["action"].index(name)),
    ),
    st.sampled_from(["==", "!="]), st.sampled_from(NAMES["action"]), st.sampled_from("'\""),
)  # fmt: skip
_COMPARED = st.builds(
    lambda a, sign, b: _two(a, sign, b, _known(_COMPARE[sign])), NUMBERS, st.sampled_from(list(_COMPARE)), NUMBERS
)
CONDITIONS = st.recursive(
    st.one_of(_COMPARED, _ACTIONS, st.just(Part("flag", _column("flag"))), st.just(Part("true", lambda _: 1.0))),
    lambda inner: st.one_of(
        st.builds(lambda a, word, b: _two(a, word, b, _JOINS[word]), inner, st.sampled_from(list(_JOINS)), inner),
        inner.map(lambda part: Part(f"(not {part.text})", lambda t: 1 - part.at(t))), st.builds(_was, inner, _BACK),
    ), max_leaves=6,
)  # fmt: skip


def hits(part: Part) -> list[int]:
    """The decisions that a query finds: those of which it is true."""
    return [t for t in range(DECISIONS) if part.at(t) == 1]
