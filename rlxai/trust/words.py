"""The badges as words, signs and colours; light to import, since every picture of a map carries one."""

from __future__ import annotations

from typing import Literal

Word = Literal["trusted", "use with care", "misleading"]
WORDS: tuple[Word, ...] = ("trusted", "use with care", "misleading")
NOT_TESTED = "not tested"
"""What stands where a badge would be before `rlxai trust` has tested a map."""
SIGNS = {"trusted": "✓", "use with care": "~", "misleading": "✗", NOT_TESTED: "?"}
COLOURS = {"trusted": "#009e73", "use with care": "#e9c46a", "misleading": "#d55e00"}
"""Badges; told apart by their sign too."""


def signed(word: str) -> str:
    """A badge with its sign: "✓ trusted"."""
    return f"{SIGNS[word]} {word}"
