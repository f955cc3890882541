"""Shapes through a network by arithmetic alone: a forged description is found out before anything is allocated."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rlxai.errors import InvalidValue
from rlxai.networks.architecture import Layer

MAX_ACTIVATIONS = 2**24
"""Largest layer output per observation, in values."""

Shape = tuple[int, ...]


def layer_shapes(layers: Sequence[Layer], shape: Shape) -> list[Shape]:
    """Output shape of each layer for one observation.

    A convolution gives floor((size + 2 * padding - kernel) / stride) + 1 per axis.

    Args:
        layers: description, see `architecture.describe`.
        shape: (C, H, W) of the observation.

    Raises:
        InvalidValue: a layer does not fit the one before, or its output exceeds `MAX_ACTIVATIONS`.
    """
    shapes = []
    for index, layer in enumerate(layers):
        shape = _after(index, layer, shape)
        if math.prod(shape) > MAX_ACTIVATIONS:
            raise InvalidValue(f"layer {index} gives {math.prod(shape):,} values, at most {MAX_ACTIVATIONS:,}")
        shapes.append(shape)
    return shapes


def format_shape(shape: Sequence[object]) -> str:
    """Readable form, such as (N, 4, 84, 84)."""
    return f"({', '.join(map(str, shape))})"


def _after(index: int, layer: Layer, shape: Shape) -> Shape:
    match layer["type"], shape:
        case "conv", (channels, *sizes) if channels == layer["in"] and len(sizes) == 2:
            geometry = zip(sizes, layer["kernel"], layer["stride"], layer["padding"], strict=True)
            outs = [(size + 2 * padding - kernel) // stride + 1 for size, kernel, stride, padding in geometry]
            if min(outs) > 0:
                return layer["out"], *outs
        case "linear" | "dueling-head", (features,) if features == layer["in"]:
            return (layer["out"],)
        case "relu", _:
            return shape
        case "flatten", _:
            return (math.prod(shape),)
        case "global-average-pool", (channels, _, _):
            return channels, 1, 1
        case "quantile-mean", (features,) if features % layer["quantiles"] == 0:
            return (features // layer["quantiles"],)
    wants = f" of {layer['in']} inputs" if "in" in layer else ""
    raise InvalidValue(
        f"layer {index} ({layer['type']}{wants}) does not take the shape {format_shape(shape)} it is given"
    )
