"""Value and advantage streams saved as separate linear layers, laid side by side as rlxai's dueling network has them.

Two streams of linear layers under one trunk are one stream of twice the width: the first weights stacked, the later
ones block-diagonal. The same sums, with zeros added to some.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from rlxai.errors import InvalidValue
from rlxai.networks.architecture import MAX_PARAMETERS

Weights = tuple[str, Tensor, Tensor]
"""Name of a layer, its weight and its bias."""

_VALUE, _ADVANTAGE = {"value", "val"}, {"advantage", "adv"}
_INITIALS = {"v": "value", "a": "advantage"}
"""Too short to tell a dueling network from an actor with a critic; read where the architecture is known."""


def names_streams(layers: Iterable[str]) -> bool:
    """Whether some layers are by name a value stream's and others an advantage stream's."""
    words = [_words(layer) for layer in layers]
    return any(found & _VALUE for found in words) and any(found & _ADVANTAGE for found in words)


def side_by_side(layers: Sequence[Weights]) -> list[Weights]:
    """Trunk, joint hidden layers, then the heads "value" (1, hidden) and "advantage" (A, hidden).

    A linear layer belongs to the stream that its name says: value, val or v; advantage, adv or a, each as a word
    between dots, underscores, digits or capitals.

    Args:
        layers: with weights (O, I) or (O, I, h, w), those of each stream in their order.

    Raises:
        InvalidValue: names do not tell the streams apart, or the shapes are not those of two streams.
    """
    streams: dict[str, list[Weights]] = {"": [], "value": [], "advantage": []}
    for layer in layers:
        streams[_stream(layer[0]) if layer[1].ndim == 2 else ""].append(layer)
    trunk, value, advantage = streams.values()
    if not value or len(value) != len(advantage):
        raise InvalidValue(
            f"has {len(value)} layers named as a value stream's and {len(advantage)} as an advantage stream's; a "
            "dueling network has as many of both"
        )
    if value[-1][1].shape[0] != 1:
        raise InvalidValue(
            f"layer {value[-1][0]!r} gives {value[-1][1].shape[0]} values; the value stream of a dueling network ends "
            "in one"
        )
    if len(value) == 1 and trunk and len(trunk[-1][2]) != value[0][1].shape[1] + advantage[0][1].shape[1]:
        raise InvalidValue(
            f"layers {value[0][0]!r} and {advantage[0][0]!r} read the same hidden units; the dueling network known "
            "here has hidden units for each stream"
        )
    pairs = zip(value[:-1], advantage[:-1], strict=True)
    joint = [_joint(v, a, shared=index == 0) for index, (v, a) in enumerate(pairs)]
    return [*trunk, *joint, ("value", *value[-1][1:]), ("advantage", *advantage[-1][1:])]


def _joint(value: Weights, advantage: Weights, *, shared: bool) -> Weights:
    """Two layers as one: on the same inputs, or each on its half."""
    name, weights = f"{value[0]} and {advantage[0]}", (value[1], advantage[1])
    (v_out, v_in), (a_out, a_in) = (weight.shape for weight in weights)
    if shared and v_in != a_in:
        raise InvalidValue(f"layers {name} begin two streams and must take the same inputs, met {v_in} and {a_in}")
    if not shared and (size := (v_out + a_out) * (v_in + a_in)) > MAX_PARAMETERS:
        raise InvalidValue(f"layers {name} make {size:,} parameters; at most {MAX_PARAMETERS:,} are allowed")
    joint: Tensor = torch.cat(weights) if shared else torch.block_diag(*weights)  # type: ignore[no-untyped-call]
    return name, joint, torch.cat([value[2], advantage[2]])


def _stream(layer: str) -> str:
    words = {_INITIALS.get(word, word) for word in _words(layer)}
    match bool(words & _VALUE), bool(words & _ADVANTAGE):
        case True, True:
            raise InvalidValue(f"layer {layer!r} is named after both the value and the advantage stream")
        case True, False:
            return "value"
        case False, True:
            return "advantage"
    return ""


def _words(layer: str) -> set[str]:
    """fc_value1 -> fc, value; valueStream -> value, stream."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", layer)}
