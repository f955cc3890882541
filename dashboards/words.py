"""Names and sentences from runs, made fit for Markdown; steps and numbers as people read them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rlxai.trust.words import SIGNS, signed

_ADDRESS = re.compile(r"(:(?=//)|(?<=www)\.|@)", re.IGNORECASE)
_JOINER = "\u2060"
"""Takes no room. Bare addresses become links after escapes are gone, so they are broken with it."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def plain(text: object) -> str:
    """Text that Markdown shows as it is: a name from a stranger's run makes no link, picture, colour or formula."""
    broken = _ADDRESS.sub(rf"\1{_JOINER}", str(text))
    return _MARKDOWN.sub(r"\\\1", broken).replace("\n", " ")


def steps_words(step: int) -> str:
    """A training step in few letters: 30 k, 1.25 M."""
    if step >= 1_000_000:
        return f"{step / 1e6:.4g} M"
    return f"{step / 1e3:g} k" if step >= 1000 else str(step)


_BADGES = {"trusted": "green", "use with care": "orange", "misleading": "red"}


def badge_words(word: str, *, short: bool = False) -> str:
    """A badge of a map in Markdown, in its colour: sign and word, or `short` the sign alone."""
    return f":{_BADGES.get(word, 'gray')}-badge[{plain(SIGNS[word] if short else signed(word))}]"


def badge_summary(words: Sequence[str]) -> str:
    """Badges of the maps of several snapshots, counted, in Markdown."""
    counts = Counter(words)
    parts = [f"{badge_words(word)} at {counts[word]}" for word in SIGNS if counts[word]]
    return f"Maps by snapshot: {', '.join(parts)}."


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 game, 2 games."""
    return f"{number:,} {noun}" + "s" * (number != 1)
