"""Games whose states can be edited, and edits by name."""

from __future__ import annotations

import inspect
import re

from rlxai.errors import InvalidValue
from rlxai.games.breakout_edit import BreakoutEdits
from rlxai.games.edit import Edit, GameEdits

REGISTRY: dict[str, GameEdits] = {"breakout": BreakoutEdits()}


def game_edits(game: str | None) -> GameEdits | None:
    """The edits of a game by ALE name; None where there are none."""
    return REGISTRY.get(game or "")


def parse_edit(game: str | None, text: str) -> Edit:
    """An edit of a game by its name, or several in a row.

    Args:
        game: ALE name.
        text: a name and its whole numbers, such as "ball-moved:20:-10"; several joined by "+".

    Raises:
        InvalidValue: the game has no edits, none of this name, or not with these numbers.

    >>> parse_edit("breakout", "ball-removed + tunnel-carved:3").name
    'ball-removed + tunnel-carved:3'
    """
    known = game_edits(game)
    if known is None:
        raise InvalidValue(
            f"states of {game or 'an unknown game'} cannot be edited; games with edits: {', '.join(REGISTRY)}"
        )
    first, *others = (_parse_one(known, part.strip()) for part in str(text).split("+"))
    for edit in others:
        first = first + edit
    return first


def usage(edits: GameEdits) -> list[str]:
    """How each edit of a game is written, such as "ball-moved:right:down"."""
    return [":".join([name, *inspect.signature(make).parameters]) for name, make in edits.kinds.items()]


def _parse_one(known: GameEdits, text: str) -> Edit:
    name, *numbers = text.split(":")
    make = known.kinds.get(name)
    wanted = len(inspect.signature(make).parameters) if make else None
    if make is None or wanted != len(numbers) or not all(re.fullmatch(r"-?\d{1,4}", number) for number in numbers):
        raise InvalidValue(f"no edit is written {text[:60]!r}; known: {', '.join(usage(known))}")
    return make(*map(int, numbers))
