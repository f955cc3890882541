"""A task's name is the hash of its inputs, so equal work is found instead of done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from rlxai.errors import InvalidValue


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes.

    Raises:
        InvalidValue: the value is not plain JSON; NumPy numbers, NaN and infinity are refused, since their text
            differs between versions and machines.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"not plain JSON: {error}") from None


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def task_id(kind: str, spec: Mapping[str, Any]) -> str:
    """24 hexadecimal digits that name one piece of work by its kind and all its inputs."""
    return digest({"kind": kind, "spec": dict(spec)})[:24]
