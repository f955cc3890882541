"""The folders that ship with rlxai: found in an installed wheel and in a checkout alike."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: Literal["agents", "checkpoints", "dashboards"]) -> Path:
    """Folder `name` of package data: inside the package in a wheel, beside it in a checkout."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
