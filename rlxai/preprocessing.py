"""How emulator screens become the observation that a network sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from rlxai.errors import InvalidValue

Resize = Literal["area", "linear"]
StackOrder = Literal["oldest-first", "newest-first"]


@dataclass(frozen=True)
class Preprocessing:
    """The steps from emulator to observation; the defaults are those of DQN (Mnih et al. 2015) and `AtariVectorEnv`.

    A grey plane is the pixel-wise maximum of the last two emulator frames of a decision, resized to `size` x `size`;
    an observation is the last `frame_stack` planes. Weights do not say which preprocessing they were trained with
    and fail silently under another one, so it is written into every snapshot.

    Raises:
        InvalidValue: a field is outside its domain.
    """

    frame_skip: int = 4
    """Emulator frames per decision."""
    frame_stack: int = 4
    """Planes per observation (its channels)."""
    stack_order: StackOrder = "oldest-first"
    size: int = 84
    """Height and width of a plane, in pixels."""
    resize: Resize = "area"
    sticky: float = 0.0
    """Probability that the emulator repeats the previous action (Machado et al. 2018)."""
    noop_max: int = 30
    """A game starts with 0 to noop_max - 2 emulator frames of NOOP, drawn by the seed."""
    fire_on_reset: bool = True
    """FIRE is pressed for one emulator frame after a reset, in games that have it."""
    fire_on_life_loss: bool = True
    """FIRE is pressed instead of the agent's action in the decision after a lost life, in games that have it."""

    def __post_init__(self) -> None:
        _require("frame_skip", self.frame_skip, 2 <= self.frame_skip <= 16, "2 to 16")
        _require("frame_stack", self.frame_stack, 1 <= self.frame_stack <= 16, "1 to 16")
        _require("size", self.size, 16 <= self.size <= 256, "16 to 256")
        _require("sticky", self.sticky, 0.0 <= self.sticky < 1.0, "0 to below 1")
        _require("noop_max", self.noop_max, 0 <= self.noop_max <= 1000, "0 to 1000")
        _require("stack_order", self.stack_order, self.stack_order in get_args(StackOrder), _names(StackOrder))
        _require("resize", self.resize, self.resize in get_args(Resize), _names(Resize))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, the inverse of `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Preprocessing:
        """Build from the plain form; unknown names and wrong types are refused.

        Raises:
            InvalidValue: a name is unknown, or a value has the wrong type or is outside its domain.
        """
        if not isinstance(values, Mapping):
            raise InvalidValue(f"preprocessing must be settings by name, met {str(values)[:60]!r}")
        known = {field.name: type(field.default) for field in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise InvalidValue(f"preprocessing has no setting {name!r}; known: {', '.join(known)}")
            right = isinstance(value, known[name]) or (known[name] is float and isinstance(value, int))
            if not right or (isinstance(value, bool) and known[name] is not bool):
                raise InvalidValue(f"preprocessing {name} must be a {known[name].__name__}, met {value!r}")
        return cls(**values)


def _names(literal: Any) -> str:
    return " or ".join(map(repr, get_args(literal)))


def _require(name: str, value: object, ok: bool, allowed: str) -> None:
    if not ok:
        raise InvalidValue(f"preprocessing {name} must be {allowed}, met {value!r}")
