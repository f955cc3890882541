"""Network architectures as plain data: a list of layers that reads like the paper's table.

Every network rlxai explains is an `nn.Sequential` of the layers below, so that attribution rules can walk it
layer by layer. Its description is JSON; building it back runs no code from a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rlxai.errors import InvalidValue
from rlxai.networks.heads import DuelingHead, QuantileMean

Layer = dict[str, Any]
MAX_PARAMETERS = 64_000_000
"""Networks beyond this are refused: no Atari agent comes near, a forged description does."""


def nature(in_channels: int, n_actions: int) -> nn.Sequential:
    """DQN of Mnih et al. 2015 (Nature 518:529): three convolutions and 512 hidden units; 84 x 84 input."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 32, 8, 4), nn.ReLU(),
        nn.Conv2d(32, 64, 4, 2), nn.ReLU(),
        nn.Conv2d(64, 64, 3, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 512), nn.ReLU(), nn.Linear(512, n_actions),
    )  # fmt: skip


def nips(in_channels: int, n_actions: int) -> nn.Sequential:
    """DQN of Mnih et al. 2013 (arXiv 1312.5602): two convolutions and 256 hidden units; 84 x 84 input."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 16, 8, 4), nn.ReLU(),
        nn.Conv2d(16, 32, 4, 2), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * 9 * 9, 256), nn.ReLU(), nn.Linear(256, n_actions),
    )  # fmt: skip


def gap(in_channels: int, n_actions: int) -> nn.Sequential:
    """Nature convolutions under global average pooling, so that CAM proper is defined (Zhou et al. 2016)."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 32, 8, 4), nn.ReLU(),
        nn.Conv2d(32, 64, 4, 2), nn.ReLU(),
        nn.Conv2d(64, 64, 3, 1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_actions),
    )  # fmt: skip


def dueling(in_channels: int, n_actions: int) -> nn.Sequential:
    """Nature convolutions under a value and an advantage stream, 512 hidden units each (Wang et al. 2016).

    The hidden layers of both streams are one linear layer, the value's units first.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, 32, 8, 4), nn.ReLU(),
        nn.Conv2d(32, 64, 4, 2), nn.ReLU(),
        nn.Conv2d(64, 64, 3, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 2 * 512), nn.ReLU(), DuelingHead(512, n_actions),
    )  # fmt: skip


ARCHITECTURES: dict[str, Callable[[int, int], nn.Sequential]] = {
    "nature": nature, "nips": nips, "gap": gap, "dueling": dueling,
}  # fmt: skip


def describe(network: nn.Sequential) -> list[Layer]:
    """The network as a JSON list of layers, the inverse of `build`.

    Raises:
        InvalidValue: a layer is of a kind that has no description.
    """
    return [_describe_layer(index, layer) for index, layer in enumerate(network)]  # counts a layer used twice twice


def build(layers: list[Layer]) -> nn.Sequential:
    """A freshly initialised network from its description.

    Raises:
        InvalidValue: a layer is unknown, malformed, or the network is larger than `MAX_PARAMETERS`.
    """
    if not isinstance(layers, list) or not 0 < len(layers) <= 64:
        raise InvalidValue("an architecture is a list of 1 to 64 layers")
    if (size := sum(map(_parameters, layers))) > MAX_PARAMETERS:
        raise InvalidValue(f"the architecture has {size:,} parameters; at most {MAX_PARAMETERS:,} are allowed")
    return nn.Sequential(*map(_build_layer, layers))


def with_weights(layers: list[Layer], weights: Mapping[str, Tensor]) -> nn.Sequential:
    """The described network holding exactly these tensors; no random number is drawn.

    Args:
        layers: description, see `describe`.
        weights: "<index of the layer>.weight" and "<index of the layer>.bias"; of a dueling head
            "<index>.value.weight", "<index>.advantage.weight" and their biases.

    Raises:
        InvalidValue: a tensor is missing, unknown, or of another shape than described.
    """
    with torch.device("meta"):  # initialising on the CPU would move the caller's random state
        network = build(layers)
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    if missing := sorted(expected.keys() - weights.keys()):
        raise InvalidValue(f"tensor {missing[0]!r} of the architecture is missing")
    if unknown := sorted(weights.keys() - expected.keys()):
        raise InvalidValue(f"tensor {unknown[0]!r} is not in the architecture")
    for name, shape in expected.items():
        if tuple(weights[name].shape) != shape:
            raise InvalidValue(f"tensor {name!r} must have shape {shape}, met {tuple(weights[name].shape)}")
    network.load_state_dict(dict(weights), assign=True)
    return network


def flat_sequential(module: nn.Module) -> nn.Sequential:
    """Nested `nn.Sequential`s laid out as one; the modules themselves are shared, not copied.

    Raises:
        InvalidValue: the module is not a (nested) `nn.Sequential` of the layers rlxai can explain.
    """
    layers = list(_leaves(module))
    network = nn.Sequential(*layers)
    describe(network)  # refuses unknown layers by name
    return network


_KINDS = (nn.Conv2d, nn.Linear, nn.ReLU, nn.Flatten, nn.AdaptiveAvgPool2d, QuantileMean, DuelingHead)


def _leaves(module: nn.Module) -> list[nn.Module]:
    if isinstance(module, nn.Sequential):
        return [leaf for child in module for leaf in _leaves(child)]  # unlike children(), keeps a layer used twice
    if type(module) not in _KINDS and any(True for _ in module.children()):
        raise InvalidValue(
            f"{type(module).__name__} runs its layers in an order of its own; give an nn.Sequential of conv, linear, "
            "ReLU, flatten and pooling layers"
        )
    return [module]


def _describe_layer(name: int, layer: nn.Module) -> Layer:
    match layer:
        case _ if type(layer) not in _KINDS:
            pass  # a subclass may compute something else
        case nn.Conv2d() if layer.groups == 1 and layer.dilation == (1, 1) and layer.padding_mode == "zeros":
            if layer.bias is None or isinstance(layer.padding, str):
                raise InvalidValue(f"layer {name}: a convolution needs a bias and a numeric padding")
            return {
                "type": "conv", "in": layer.in_channels, "out": layer.out_channels, "kernel": list(layer.kernel_size),
                "stride": list(layer.stride), "padding": list(layer.padding),
            }  # fmt: skip
        case nn.Linear() if layer.bias is not None:
            return {"type": "linear", "in": layer.in_features, "out": layer.out_features}
        case nn.ReLU():
            return {"type": "relu"}
        case nn.Flatten() if (layer.start_dim, layer.end_dim) == (1, -1):
            return {"type": "flatten"}
        case nn.AdaptiveAvgPool2d() if layer.output_size in (1, (1, 1)):
            return {"type": "global-average-pool"}
        case QuantileMean():
            return {"type": "quantile-mean", "quantiles": layer.quantiles}
        case DuelingHead():
            return {"type": "dueling-head", "in": 2 * layer.value.in_features, "out": layer.advantage.out_features}
    text = " ".join(str(layer).split())  # a module of modules prints on several lines
    raise InvalidValue(
        f"layer {name}, {text[:120]}, cannot be explained; known are convolutions (no groups, no dilation, padding by "
        "zeros) and linear layers, both with bias, ReLU, flatten, global average pooling, the mean over quantiles and "
        "the dueling head"
    )


def _build_layer(layer: Layer) -> nn.Module:
    match layer:
        case {"type": "conv", "in": int(i), "out": int(o), "kernel": k, "stride": s, "padding": p} if i > 0 and o > 0:
            return nn.Conv2d(i, o, _pair(k, 1), _pair(s, 1), _pair(p, 0))
        case {"type": "linear", "in": int(i), "out": int(o)} if i > 0 and o > 0:
            return nn.Linear(i, o)
        case {"type": "relu"}:
            return nn.ReLU()
        case {"type": "flatten"}:
            return nn.Flatten()
        case {"type": "global-average-pool"}:
            return nn.AdaptiveAvgPool2d(1)
        case {"type": "quantile-mean", "quantiles": int(q)} if 0 < q <= 10_000:
            return QuantileMean(q)
        case {"type": "dueling-head", "in": int(i), "out": int(o)} if i > 0 == i % 2 and o > 0:
            return DuelingHead(i // 2, o)
    raise InvalidValue(f"unknown or malformed layer {str(layer)[:120]!r} in an architecture")


def _parameters(layer: Layer) -> int:
    match layer:
        case {"type": "conv", "in": int(i), "out": int(o), "kernel": k}:
            height, width = _pair(k, 1)
            return abs(i * o) * height * width
        case {"type": "linear" | "dueling-head", "in": int(i), "out": int(o)}:
            return abs(i * o)
    return 0


def _pair(value: Any, low: int) -> tuple[int, int]:
    match value:
        case [int(a), int(b)] if low <= a <= 64 and low <= b <= 64:
            return a, b
    raise InvalidValue(f"kernel, stride and padding are pairs of whole numbers from {low} to 64, met {str(value)[:60]}")
