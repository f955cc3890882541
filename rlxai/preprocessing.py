"""How emulator screens become the observation that a network sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from rlxai.errors import InvalidValue

Resize = Literal["area", "linear"]
StackOrder = Literal["oldest-first", "newest-first"]
Grey = Literal["luminance", "rec709"]
Pooling = Literal["two-frames", "two-decisions", "last-frame"]
PoolOn = Literal["grey", "rgb"]
Rounding = Literal["round", "truncate"]
Fill = Literal["zeros", "repeat"]
Refill = Literal["keep", "zeros", "repeat"]

_CHOICES: dict[str, Any] = {
    "stack_order": StackOrder, "resize": Resize, "grey": Grey, "pooling": Pooling, "pool_on": PoolOn,
    "rounding": Rounding, "stack_start": Fill, "stack_on_life_loss": Refill,
}  # fmt: skip
_RANGES: dict[str, tuple[int, int]] = {
    "frame_skip": (2, 16), "frame_stack": (1, 16), "size": (16, 256), "noop_max": (0, 1000), "opening_max": (0, 1000),
}  # fmt: skip
_ALWAYS_WRITTEN = (
    "frame_skip", "frame_stack", "stack_order", "size", "resize", "sticky", "noop_max", "fire_on_reset",
    "fire_on_life_loss",
)  # fmt: skip
"""Fields of the first schema. Later ones are written only where they are not the default, so that what was described
before they existed is described by the same bytes today."""
_VECTOR_ENV = ("stack_order", "resize", *(name for name in _CHOICES if name not in _ALWAYS_WRITTEN), "opening_max")


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
    grey: Grey = "luminance"
    """Weights of red, green and blue: the emulator's own grey levels, which are 0.299, 0.587, 0.114 in most games, or
    those of ITU-R BT.709 as in skimage's rgb2gray, 0.2125, 0.7154, 0.0721."""
    pooling: Pooling = "two-frames"
    """Which frames a plane is the maximum of: the last two of a decision; the last one of this decision and the last
    one of the decision before; or the last one alone."""
    pool_on: PoolOn = "grey"
    """Whether the maximum is taken of grey levels, or of red, green and blue before they are weighted."""
    rounding: Rounding = "round"
    """Whether levels are whole numbers throughout, rounded by every step (cv2 on bytes), or real numbers whose
    fraction is cut off once, at the end (skimage on floats, then a cast to uint8)."""
    stack_start: Fill = "zeros"
    """What stands for planes before the agent's first decision: zeros, or copies of the first plane."""
    stack_on_life_loss: Refill = "keep"
    """What a lost life makes of the older planes in the stack: nothing, zeros, or copies of the newest plane."""
    opening_max: int = 0
    """A game starts with 1 to opening_max decisions of `opening_action`, drawn by the seed; 0: with none."""
    opening_action: str = "FIRE"

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            _require(name, value, low <= value <= high, f"{low} to {high}")
        for name, literal in _CHOICES.items():
            allowed = get_args(literal)
            _require(name, getattr(self, name), getattr(self, name) in allowed, " or ".join(map(repr, allowed)))
        _require("sticky", self.sticky, 0.0 <= self.sticky < 1.0, "0 to below 1")
        _require("opening_action", self.opening_action, 0 < len(self.opening_action) <= 40, "the name of an action")

    def refill(self, entry: int, opening: int, life_lost: bool) -> Refill:
        """What becomes of the older planes when the plane of an entry joins the stack.

        Args:
            entry: 0 is the start of the game, t + 1 what decision t led to.
            opening: number of decisions made for the agent at the start of the game.
            life_lost: in the decision that led to the entry.
        """
        if entry in (0, opening):
            return self.stack_start
        return self.stack_on_life_loss if life_lost else "keep"

    def beyond_vector_env(self) -> dict[str, Any]:
        """The settings that ALE's `AtariVectorEnv` does not have, by name."""
        default = Preprocessing()
        return {name: value for name in _VECTOR_ENV if (value := getattr(self, name)) != getattr(default, name)}

    def changes(self) -> dict[str, Any]:
        """The settings that differ from the default, by name."""
        default = asdict(Preprocessing())
        return {name: value for name, value in asdict(self).items() if value != default[name]}

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, the inverse of `from_dict`."""
        changed = self.changes()
        return {name: value for name, value in asdict(self).items() if name in _ALWAYS_WRITTEN or name in changed}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Preprocessing:
        """Build from the plain form; unknown names and wrong types are refused, absent names have their default.

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


def _require(name: str, value: object, ok: bool, allowed: str) -> None:
    if not ok:
        raise InvalidValue(f"preprocessing {name} must be {allowed}, met {value!r}")
