"""What a page shows: from the address to a choice, and back. Pure, without Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

VIEW = (
    "t", "p", "view", "sync", "align", "zoom", "loop", "query", "cmap", "scale", "opacity", "threshold", "dim",
    "smooth", "speed", "marks",
)  # fmt: skip
"""Words of a link that say what the player shows; `address.js` of the player knows what they mean."""
_LONGEST = 20_000


def pick(wanted: str | None, names: Sequence[str]) -> str:
    """The wanted name if it is there, else the first."""
    return wanted if wanted is not None and wanted in names else names[0]


def view_words(address: Mapping[str, Any]) -> dict[str, str]:
    """The words of an address that say what the player shows; other and overlong ones are left out."""
    found = {word: address[word] for word in VIEW if word in address}
    return {word: text for word, text in found.items() if isinstance(text, str) and len(text) <= _LONGEST}


def start(wanted: Mapping[str, str], last: Mapping[str, str] | None, given: Mapping[str, str]) -> dict[str, str]:
    """Where the player starts; the same words again leave a player that is already there alone.

    Args:
        wanted: words of the present address.
        last: words the player has last reported, None before it has.
        given: where the player was told to start before.
    """
    if not wanted:  # the page was left and entered again
        return dict(last or given)
    if wanted in (last, given):
        return dict(given)
    return dict(wanted)  # another link
