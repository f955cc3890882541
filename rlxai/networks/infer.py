"""From the names and shapes of weights to the network: what a bare state dict does not say is inferred or asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from rlxai.errors import InvalidValue
from rlxai.networks.architecture import ARCHITECTURES, Layer, build, describe, flat_sequential, with_weights
from rlxai.networks.shapes import layer_shapes
from rlxai.networks.streams import Weights, names_streams, side_by_side

Architecture = str | list[Layer] | nn.Module
"""A name ("nature", "nips", "gap", "dueling"), a description, or a network whose layers (not weights) are taken."""

_STRIDES = {8: 4, 4: 2, 3: 1}
"""Stride by kernel, in every published DQN; weights do not tell."""
_PARTS = {"conv": ("",), "linear": ("",), "dueling-head": (".value", ".advantage")}
"""What a layer calls its pairs of weight and bias."""


def infer_network(
    tensors: Mapping[str, Tensor],
    *,
    size: int = 84,
    architecture: Architecture | None = None,
    quantile_actions: int | None = None,
) -> nn.Sequential:
    """The network that a state dict belongs to, holding its weights.

    Layers are taken in the order of the mapping and must chain. Without `architecture`: convolutions without padding,
    stride 4, 2, 1 for kernel 8, 4, 3, then flatten (or global average pooling, where the first linear layer takes
    one value per channel), then linear layers, ReLU between all.

    Args:
        tensors: float32, "<layer>.weight" and "<layer>.bias" by any names of the layers; where the architecture ends
            in a dueling head, the names tell the two streams apart, see `side_by_side`.
        size: height and width of the observations.
        architecture: the layers, where they are not as above.
        quantile_actions: number of actions of a QR-DQN, whose k * A outputs are k quantiles of each.

    Raises:
        InvalidValue: the tensors are no such network.
    """
    pairs = _pairs(tensors)
    if architecture is None:
        layers = _infer_layers(pairs, size)
    else:
        if isinstance(architecture, nn.Module):
            architecture = describe(flat_sequential(architecture))
        if architecture == "dueling" or (isinstance(architecture, list) and _ends_dueling(architecture)):
            pairs = side_by_side(pairs)
        layers = _describe_architecture(architecture, pairs)
    parts = [f"{index}{part}" for index, layer in enumerate(layers) for part in _PARTS.get(layer["type"], ())]
    if len(parts) != len(pairs):
        raise InvalidValue(f"holds {len(pairs)} layers with weights; the architecture has {len(parts)}")
    if quantile_actions and layers[-1]["type"] != "quantile-mean":
        layers = [*layers, {"type": "quantile-mean", "quantiles": len(pairs[-1][1]) // quantile_actions}]
    named: dict[str, Tensor] = {}
    for part, (_, weight, bias) in zip(parts, pairs, strict=True):
        named |= {f"{part}.weight": weight, f"{part}.bias": bias}
    return with_weights(layers, named)


def in_channels(network: nn.Sequential) -> int:
    """Channels of the observations, those of the first convolution.

    Raises:
        InvalidValue: the network does not start with one.
    """
    if (first := describe(network)[0])["type"] != "conv":
        raise InvalidValue("does not start with a convolution; its number of channels is given by preprocessing=")
    return int(first["in"])


def _ends_dueling(layers: list[Layer]) -> bool:
    return bool(layers) and isinstance(layers[-1], dict) and layers[-1].get("type") == "dueling-head"


def _describe_architecture(architecture: str | list[Layer], pairs: list[Weights]) -> list[Layer]:
    """The layers of an architecture given by name or description.

    Raises:
        InvalidValue: the name is unknown, or a layer is.
    """
    with torch.device("meta"):  # only the layers are wanted
        if isinstance(architecture, list):
            return describe(build(architecture))
        if architecture not in ARCHITECTURES:
            raise InvalidValue(f"unknown architecture {architecture!r}; known: {', '.join(ARCHITECTURES)}")
        if pairs[0][1].ndim != 4:
            raise InvalidValue(f"does not start with a convolution as {architecture!r} does")
        return describe(ARCHITECTURES[architecture](pairs[0][1].shape[1], len(pairs[-1][1])))


def _pairs(tensors: Mapping[str, Tensor]) -> list[Weights]:
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        layer, _, kind = name.rpartition(".")
        layers.setdefault(layer, {})[kind] = tensor
    for layer, found in layers.items():
        if found.keys() != {"weight", "bias"}:
            raise InvalidValue(
                f"holds {', '.join(f'{layer}.{kind}'.strip('.') for kind in found)[:120]}, which is no convolution or "
                "linear layer with weight and bias"
            )
        weight, bias = found["weight"], found["bias"]
        if weight.ndim not in (2, 4) or 0 in weight.shape or bias.shape != weight.shape[:1]:
            raise InvalidValue(
                f"layer {layer!r} has the wrong shape: weight {tuple(weight.shape)}, bias {tuple(bias.shape)}"
            )
    if not layers:
        raise InvalidValue("holds no weights")
    return [(layer, found["weight"], found["bias"]) for layer, found in layers.items()]


def _infer_layers(pairs: list[Weights], size: int) -> list[Layer]:
    if names_streams(name for name, _, _ in pairs):
        raise InvalidValue("has a value and an advantage stream; give architecture='dueling' if Q = V + A - mean A")
    layers: list[Layer] = []
    shape: tuple[int, ...] = (pairs[0][1].shape[1] if pairs[0][1].ndim == 4 else 0, size, size)
    if not shape[0]:
        raise InvalidValue("is no network on images: its first layer with weights is not a convolution")
    for name, weight, _ in pairs:
        step = _conv(name, weight) if weight.ndim == 4 else _linear(name, weight, shape)
        try:
            shape = layer_shapes(step, shape)[-1]
        except InvalidValue as error:
            raise InvalidValue(
                f"has the wrong shape at layer {name!r}, weight {tuple(weight.shape)}, for {size} x {size} "
                f"observations ({error}); give architecture= if its strides or paddings are not the usual ones"
            ) from None
        layers += [*step, {"type": "relu"}]
    return layers[:-1]


def _conv(name: str, weight: Tensor) -> list[Layer]:
    out, channels, height, width = weight.shape
    if height != width or height not in _STRIDES:
        raise InvalidValue(
            f"layer {name!r} has a {height} x {width} kernel, whose stride is not known (kernels 8, 4, 3 have strides "
            "4, 2, 1); give architecture="
        )
    return [
        {
            "type": "conv", "in": channels, "out": out, "kernel": [height, width],
            "stride": [_STRIDES[height]] * 2, "padding": [0, 0],
        }
    ]  # fmt: skip


def _linear(name: str, weight: Tensor, shape: tuple[int, ...]) -> list[Layer]:
    linear: Layer = {"type": "linear", "in": weight.shape[1], "out": weight.shape[0]}
    if len(shape) == 1:
        return [linear]
    if weight.shape[1] == shape[0] != math.prod(shape):
        return [{"type": "global-average-pool"}, {"type": "flatten"}, linear]
    return [{"type": "flatten"}, linear]
