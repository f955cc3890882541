"""The replay player as three strings: markup, style and one script.

The script is written as ES modules, one idea per file. A Streamlit component takes a single string, so the modules are
joined in the order of their dependencies, without their import lines and export words.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

MODULES = (
    "colour", "chunks", "data", "playhead", "choice", "dom", "panel", "panels", "timeline", "rows", "now", "transport",
    "player",
)  # fmt: skip
"""The script's modules, each after those it imports from."""

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


@cache
def html() -> str:
    """Markup of the player; it holds no data."""
    return _read("player.html")


@cache
def css() -> str:
    """Style of the player, in Streamlit's theme variables."""
    return _read("player.css")


@cache
def js() -> str:
    """One ES module whose default export mounts the player (Streamlit components v2)."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(f"{name}.js"))) for name in MODULES)


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
