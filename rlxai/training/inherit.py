"""Recipes that say only what is different from another one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rlxai.errors import InvalidValue

KEY = "base"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def base_name(value: Any) -> str:
    """The name under the key `base`, checked: that of a shipped recipe, or of a file in the same folder.

    Raises:
        InvalidValue: it is no such name.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InvalidValue(
            f"{KEY} must be the name of a shipped recipe or of a file in the same folder, met {str(value)[:60]!r}"
        )
    return value


def overlay(inherited: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The inherited values with changes: a section is changed key by key, and null takes a key away.

    >>> overlay({"gamma": 0.99, "commits": {"every": 5}, "n_envs": 16}, {"commits": {"every": 9}, "n_envs": None})
    {'gamma': 0.99, 'commits': {'every': 9}}
    """
    merged = dict(inherited)
    for name, value in changes.items():
        if name == KEY:
            continue
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = {**merged[name], **value}
        else:
            merged[name] = value
    return merged
