"""The replay player as three strings: markup, style and one script.

The script is written as ES modules, one idea per file. A Streamlit component and a page of one file take a single
script, so the modules are joined in the order of their dependencies; each keeps its own scope.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_MAIN = "player"
_STYLES = ("player.css", "timelines.css")
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)(?=(?:async )?(?:class|const|function) (\w+))", re.MULTILINE)


@cache
def html() -> str:
    """Markup of the player; it holds no data."""
    return _read("player.html")


@cache
def css() -> str:
    """Style of the player, in Streamlit's theme variables."""
    return "\n".join(map(_read, _STYLES))


@cache
def js() -> str:
    """One ES module whose default export mounts the player (Streamlit components v2)."""
    *parts, main = modules()
    return "\n".join([*map(_scoped, parts), _bound(_read(f"{main}.js"))])


@cache
def modules() -> tuple[str, ...]:
    """Names of the script's modules, each after those it imports from."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        for _, imported in _IMPORT.findall(_read(f"{name}.js")):
            if imported not in found:
                visit(imported)
        found[name] = None

    visit(_MAIN)
    return tuple(found)


def _scoped(name: str) -> str:
    text = _read(f"{name}.js")
    names = ", ".join(_EXPORT.findall(text))
    return f"const {name}Module = (() => {{\n{_EXPORT.sub('', _bound(text))}\nreturn {{ {names} }};\n}})();"


def _bound(text: str) -> str:
    return _IMPORT.sub(lambda found: f"const {found[1].replace(' as ', ': ')} = {found[2]}Module;\n", text)


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
