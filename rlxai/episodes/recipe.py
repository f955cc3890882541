"""What determines an episode: a few numbers and the actions, from which the emulator shows every frame again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.games import available_games
from rlxai.games.ale import MAX_SEED

MAX_DECISIONS = 200_000
"""Longest episode: about 15 hours of play at 60 frames a second."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """An episode before it is rendered.

    Without sticky actions Atari games in ALE are a function of the no-ops and the actions; with them also of the seed.

    Raises:
        InvalidValue: a field is outside its domain.
    """

    game: str
    ale_version: str
    rom_md5: str
    seed: int
    """Of the emulator."""
    noops: int
    """Frames of NOOP at the start of the game."""
    sticky: float
    frame_skip: int
    fire_on_reset: bool
    actions: np.ndarray
    """uint8 (T,): index into the emulator's minimal action set, in ALE's order, one per decision."""
    opening: int = 0
    """How many of the first decisions were made for the player, see `Preprocessing.opening_max`."""

    def __post_init__(self) -> None:
        _require("game", self.game, self.game in available_games(), "the ALE name of a game")
        _require("ale_version", self.ale_version, bool(re.fullmatch(r"[\w.+-]{1,40}", self.ale_version)), "a version")
        _require("rom_md5", self.rom_md5, bool(re.fullmatch("[0-9a-f]{32}", self.rom_md5)), "32 hexadecimal digits")
        _require("seed", self.seed, 0 <= self.seed <= MAX_SEED, f"0 to {MAX_SEED}")
        _require("noops", self.noops, 0 <= self.noops <= 1000, "0 to 1000")
        _require("sticky", self.sticky, 0.0 <= self.sticky < 1.0, "0 to below 1")
        _require("frame_skip", self.frame_skip, 2 <= self.frame_skip <= 16, "2 to 16")
        count = len(self.actions)
        _require("number of actions", count, 1 <= count <= MAX_DECISIONS, f"1 to {MAX_DECISIONS:,}")
        top = int(self.actions.max())
        _require("largest action", top, top < 18, "0 to 17, ALE's action set")
        _require("opening", self.opening, 0 <= self.opening <= 1000, "0 to 1000")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, the inverse of `from_dict`; an opening is named only where there was one."""
        values = asdict(self) | {"actions": self.actions.tolist()}
        return values if self.opening else {name: value for name, value in values.items() if name != "opening"}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """Build from the plain form, which may come from a stranger.

        Raises:
            InvalidValue: a name is missing or unknown, or a value has the wrong type or is outside its domain.
        """
        if not isinstance(values, Mapping):
            raise InvalidValue(f"a recipe is an object with names, met {type(values).__name__}")
        types = {field.name: _TYPES.get(str(field.type), list) for field in fields(cls)}
        if wrong := {*values, "opening"} ^ set(types):
            odd = ", ".join(sorted(map(str, wrong)))[:200]
            raise InvalidValue(f"a recipe has the names {', '.join(types)}; missing or unknown: {odd}")
        for name, value in values.items():
            # A whole sticky such as 0 loses its point in JSON written elsewhere; True is an int to Python, not to us.
            right = type(value) is types[name] or (types[name] is float and type(value) is int)
            _require(name, str(value)[:60], right, f"of type {types[name].__name__}")
        return cls(**{**values, "sticky": float(values["sticky"]), "actions": _actions(values["actions"])})


_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def _actions(values: list[Any]) -> np.ndarray:
    _require("number of actions", len(values), 1 <= len(values) <= MAX_DECISIONS, f"1 to {MAX_DECISIONS:,}")
    if not all(type(value) is int and 0 <= value < 18 for value in values):
        raise InvalidValue("recipe actions must be whole numbers from 0 to 17, ALE's action set")
    return np.array(values, np.uint8)


def _require(name: str, value: object, ok: bool, allowed: str) -> None:
    if not ok:
        raise InvalidValue(f"recipe {name} must be {allowed}, met {value!r}")
