"""What the player will ask for first, told from the words of a link, so that the server can begin before it asks."""

from __future__ import annotations

from collections.abc import Mapping

from rlxai.replay.chunks import CHUNK
from rlxai.replay.listing import MapSource, ReplayEpisode

_USUAL = ("lrp-epsilon-plus-flat", "advantage")  # as in choice.js of the player


def first_addresses(episode: ReplayEpisode, words: Mapping[str, str]) -> list[str]:
    """Addresses of `answers.answer` behind the first picture, the most urgent first.

    A guess: own play and panels for which a link leaves parts open are chosen by the player itself.

    Args:
        episode: the one played.
        words: of a link, see `address.js` of the player.
    """
    t = min(_decision(words.get("t", "")), max(episode.decisions - 1, 0))
    k = t // CHUNK
    found = [f"episode/{episode.task}/timeline", f"episode/{episode.task}/frames/{k}"]
    return found + [f"attribution/{source.task}/maps/{k}" for source in _first_maps(episode, words.get("p", ""))]


def _first_maps(episode: ReplayEpisode, panels: str) -> list[MapSource]:
    asked = set(panels.split(";"))
    named = [source for source in episode.maps if f"{source.step},{source.method},{source.target}" in asked]
    if named:
        return named
    usual = [source for source in episode.maps if (source.method, source.target) == _USUAL]
    usual.sort(key=lambda source: source.step)
    return usual[:1] + usual[1:][-1:]


def _decision(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
