"""Reading files from strangers: bounded, regular files only, and every refusal names the file and the cause."""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rlxai.errors import FileRefused, InvalidValue

MAX_FILE = 256 * 1024**2
"""Largest file read, in bytes."""
MAX_DEPTH = 100
"""Deepest nesting of JSON: later steps print and compare what was read, each level on the stack."""


def exists(path: Path) -> bool:
    """Whether something is there; no for names that no file can have."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_bounded(path: Path, limit: int = MAX_FILE) -> bytes:
    """The whole content of a regular file.

    Args:
        path: the file.
        limit: refuse more bytes than this, before any is read.

    Raises:
        FileRefused: missing, unreadable, not a regular file, empty, or larger than `limit`.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would block for ever, a device never end
            raise FileRefused("is not a regular file")
        if status.st_size > limit:
            raise FileRefused(f"is oversized: {status.st_size:,} bytes, at most {limit:,} are read")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise FileRefused("no such file or folder") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise FileRefused(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not data:
        raise FileRefused("is empty")
    if len(data) > limit:
        raise FileRefused(f"is oversized: it grew beyond {limit:,} bytes while being read")
    return data


def parse_json(data: bytes) -> dict[str, Any]:
    """A JSON object; NaN, infinities, repeated names and nesting beyond `MAX_DEPTH` are refused.

    Raises:
        FileRefused: anything but a well-formed JSON object.
    """
    try:
        value = json.loads(data, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)
        _require_flat(value)
    except (ValueError, RecursionError) as error:
        raise FileRefused(f"is not valid JSON ({str(error)[:120]})") from None
    if not isinstance(value, dict):
        raise FileRefused(f"must hold a JSON object, met {type(value).__name__}")
    return value


@contextmanager
def naming(where: Path | str) -> Iterator[None]:
    """Put the file's name before the cause of a refusal raised inside."""
    try:
        yield
    except (FileRefused, InvalidValue) as error:
        raise FileRefused(f"{where}: {error}") from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text[:20]} is beyond the range of numbers")
    return value


def _require_flat(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        containers = [item for item in level if isinstance(item, dict | list)]
        level = [part for item in containers for part in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return
    raise ValueError(f"nested more than {MAX_DEPTH} levels deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(result := dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return result
