"""Names of actions, where a file of weights does not tell them."""

from __future__ import annotations

from collections.abc import Sequence

from rlxai.errors import InvalidValue

_KNOWN = {"breakout": ("NOOP", "FIRE", "RIGHT", "LEFT")}
"""Minimal action sets of ALE that are common enough to be spelled out."""


def action_names(outputs: int, actions: Sequence[str] | None, game: str | None) -> tuple[str, ...]:
    """The given names; or the game's, where they are known and as many; or "action 0", "action 1", ...

    "action i" stands for the i-th action of the game's minimal action set in ALE.

    Args:
        outputs: number of network outputs.
        actions: names by the caller.
        game: ALE name of the game.

    Raises:
        InvalidValue: the number of names is not that of the outputs, or a name is empty or occurs twice.
    """
    if actions is None:
        known = _KNOWN.get(game or "", ())
        return known if len(known) == outputs else tuple(f"action {i}" for i in range(outputs))
    names = tuple(actions)
    if isinstance(actions, str) or not all(isinstance(name, str) and name for name in names):
        raise InvalidValue(f"actions must be a list of names, met {actions!r}")
    if len(names) != outputs or len(set(names)) < outputs:
        raise InvalidValue(f"the network has {outputs} outputs; actions must be as many different names, met {names}")
    return names
