"""The contract of an attribution method, and the checking of its options."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, cast

from torch import Tensor

from rlxai.errors import InvalidValue

Option = bool | int | float | str


@dataclass(frozen=True)
class Relevance:
    """What a method returns.

    Attributes:
        inputs: (N, C, H, W) relevance of every pixel of every stacked frame: raw and signed, never normalised.
        kept: relevance (N,) that a layer did not hand down (biases, stabilisers), by layer name from input to
            output, so that inputs.sum() + Σ kept = target; None where the method has no such account.
    """

    inputs: Tensor
    kept: dict[str, Tensor] | None = None


@dataclass(frozen=True, repr=False)
class Method:
    """An attribution method: how to run it, and what one must know to read its maps.

    `run(forward, weights, **options)` explains Σ_a weights_a q_a for each sample, with weights (N, A). `forward` is a
    finished `Forward` pass: the network, its input and all activations, shared between methods. `run` must treat
    samples independently, so that results do not depend on batching (a sampled method draws the same numbers for
    every sample, from a generator of its own seeded by its `seed` option), follow the dtype and device of
    `forward.q`, and change nothing about the network.
    """

    name: str
    family: str
    summary: str
    formula: str
    paper: str
    run: Callable[..., Relevance]
    signed: bool = True
    """Whether negative relevance means evidence against the target; False: maps are >= 0 under default options."""
    per_frame: bool = True
    """Whether the map tells stacked frames apart; False: one map spread evenly, each of the C frames gets map / C."""
    sampled: bool = False
    """Whether the result is a random estimate."""
    cost: str = ""
    """Measured time in forward passes of the same batch, the shared forward pass included."""
    options: Mapping[str, Option] = field(default_factory=dict)
    """Names and defaults of the options."""

    def __repr__(self) -> str:
        traits = [
            self.family,
            "signed" if self.signed else "positive",
            "per frame" if self.per_frame else "one map for all frames",
            "sampled" if self.sampled else "exact",
            f"{self.cost} forwards",
        ]
        return f"{self.name} ({', '.join(traits)}): {self.summary} {self.formula}. {self.paper}."

    def resolve(self, given: Mapping[str, object]) -> dict[str, Option]:
        """Defaults overridden by the given options.

        Raises:
            InvalidValue: an option is unknown or of the wrong type.
        """
        for name in given:
            if name not in self.options:
                raise InvalidValue(f"{self.name} has no option {_suggest(name, self.options)}")
        return {
            name: _typed(self.name, name, given[name], default) if name in given else default
            for name, default in self.options.items()
        }


def unknown(kind: str, name: object, known: Iterable[str]) -> InvalidValue:
    """The error for a name that is not among the known ones, with the closest of them suggested."""
    return InvalidValue(f"unknown {kind} {_suggest(name, known)}")


def require(ok: bool, method: str, option: str, value: Option, allowed: str) -> None:
    """Raise `InvalidValue`, quoting the option's value and what is allowed, unless `ok`."""
    if not ok:
        raise InvalidValue(f"{method} option {option} must be {allowed}, met {value!r}")


def _suggest(name: object, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(str(name), names, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ";"
    return f"{str(name)!r}{hint} known: {', '.join(names) or 'none'}"


def _typed(method: str, option: str, value: Any, default: Option) -> Option:
    match default, value:
        case (bool(), bool()) | (str(), str()):
            return cast("bool | str", value)
        case (bool(), _) | (_, bool()):
            pass
        case int(), Integral():
            return int(value)
        case float(), Real() if math.isfinite(value):
            return float(value)
    finite = "finite " if isinstance(default, float) else ""
    raise InvalidValue(f"{method} option {option} must be a {finite}{type(default).__name__}, met {value!r}")
