"""Versions of what a training's result depends on."""

from __future__ import annotations

import platform
from importlib.metadata import version

_PACKAGES = ("rlxai", "stable-baselines3", "torch", "ale-py", "gymnasium", "numpy")


def versions() -> dict[str, str]:
    """Version by name, Python's included."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
