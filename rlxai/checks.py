"""Checks for values that people write into YAML: each knows what it allows and can say it in words."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_type_hints

from rlxai.errors import InvalidValue

Check = Callable[[str, Any], Any]
"""Takes a name and a value as read from YAML, returns the value to use or raises `InvalidValue`."""

T = TypeVar("T")


def parse(cls: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """A dataclass from plain values, each field `name: Annotated[type, check]`, required where it has no default.

    A field `is_` is written `is`, since Python has that word for itself.

    Args:
        cls: the dataclass.
        values: by name of the field.
        prefix: put before names in error messages, such as "snapshots.".

    Raises:
        InvalidValue: a name is unknown or missing, or a value is of the wrong type or outside its range.
    """
    fields = {field.name.rstrip("_"): field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            close = difflib.get_close_matches(str(name), fields, n=1)
            hint = f", did you mean {prefix + close[0]!r}?" if close else ";"
            raise InvalidValue(f"unknown key {prefix + str(name)[:60]!r}{hint} known: {', '.join(fields)}")
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise InvalidValue(f"the key {prefix + name!r} is missing")
    hints = get_type_hints(cls, include_extras=True)
    own = {name: field.name for name, field in fields.items()}
    return cls(**{own[name]: hints[own[name]].__metadata__[0](prefix + name, value) for name, value in values.items()})


def whole(low: int, high: int) -> Check:
    """A whole number in a range; 1e7 is one, as in the zoo's files."""

    def check(name: str, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise _refusal(name, f"a whole number from {low:,} to {high:,}", value)
        return value

    return check


def real(low: float, high: float) -> Check:
    """A finite number in a closed range."""

    def check(name: str, value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise _refusal(name, f"a number from {low:g} to {high:g}", value)
        return float(value)

    return check


def flag(name: str, value: Any) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise _refusal(name, "true or false", value)
    return value


def choice(*allowed: str) -> Check:
    """One of a few names."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise _refusal(name, f"one of {', '.join(allowed)}", value)
        return value

    return check


def text(most: int) -> Check:
    """Words, at most so many characters."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= most or not value.isprintable():
            raise _refusal(name, f"one line of 1 to {most:,} printable characters", value)
        return value.strip()

    return check


def either(*checks: Check, allowed: str) -> Check:
    """What the first of several checks that accepts it makes of a value; `allowed` says in words what that can be."""

    def check(name: str, value: Any) -> Any:
        for one in checks:
            try:
                return one(name, value)
            except InvalidValue:
                continue
        raise _refusal(name, allowed, value)

    return check


def sections(cls: type[Any], most: int) -> Check:
    """A list of 1 to `most` nested mappings, each read as `cls`."""

    def check(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise _refusal(name, f"a list of 1 to {most} sections", value)
        return tuple(section(cls)(f"{name}[{index}]", item) for index, item in enumerate(value, start=1))

    return check


def names(one: Check, most: int) -> Check:
    """A list of 1 to `most` different values, each passing `one`."""

    def check(name: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise _refusal(name, f"a list of 1 to {most} names", value)
        values = tuple(one(name, item) for item in value)
        if len(set(values)) < len(values):
            raise _refusal(name, "a list of different names", value)
        return values

    return check


def section(cls: type[Any]) -> Check:
    """A nested mapping, read as `cls`."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, dict):
            inner = ", ".join(field.name for field in dataclasses.fields(cls))
            raise _refusal(name, f"a section with the keys {inner}", value)
        return parse(cls, value, prefix=f"{name}.")

    return check


def _refusal(name: str, allowed: str, value: Any) -> InvalidValue:
    met = repr(value)
    sentence = f"{name} must be {allowed}, met {met if len(met) <= 80 else met[:77] + '...'}"
    if isinstance(value, str) and _is_number(value):
        sentence += " (text to YAML: write 1.0e-4 instead of 1e-4, and no quotes)"
    return InvalidValue(sentence)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
