"""The layers whose units are looked at, and what the units of one forward pass are worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.attribution import forward_pass
from rlxai.networks import Agent, describe
from rlxai.networks.shapes import Shape, layer_shapes

OUTPUTS = "outputs"
"""Name of the layer of actions, value and advantage."""


@dataclass(frozen=True)
class UnitLayer:
    """One layer of units: convolutions' channels, or neurons of a hidden linear layer."""

    name: str
    """conv1, conv2, ... or hidden1, ..."""
    index: int
    """Of the layer with the weights, in the network."""
    shape: Shape
    """(U, h, w) of channels, (U,) of neurons."""

    @property
    def units(self) -> int:
        """How many units."""
        return self.shape[0]

    @property
    def spatial(self) -> bool:
        """Whether each unit has a map."""
        return len(self.shape) == 3


def unit_layers(agent: Agent) -> tuple[UnitLayer, ...]:
    """All convolutions and hidden linear layers, in the order of the network; a layer is hidden where ReLU follows."""
    layers = describe(agent.network)
    shapes = layer_shapes(layers, agent.input_shape)
    found: list[UnitLayer] = []
    for index, (layer, shape) in enumerate(zip(layers, shapes, strict=True)):
        kind = {"conv": "conv", "linear": "hidden"}.get(layer["type"])
        followed = index + 1 < len(layers) and layers[index + 1]["type"] == "relu"
        if kind is not None and followed:
            number = 1 + sum(one.name.startswith(kind) for one in found)
            found.append(UnitLayer(f"{kind}{number}", index, shape))
    return tuple(found)


def pre_activations(
    agent: Agent, observations: np.ndarray, layers: tuple[UnitLayer, ...]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What each unit computes before its ReLU, and the outputs.

    Args:
        agent: whose network.
        observations: uint8 or float (N, C, H, W).
        layers: of this agent, see `unit_layers`.

    Returns:
        Layer name -> float32 (N, U, h, w) or (N, U); and the outputs q, float32 (N, A).
    """
    forward = forward_pass(agent.network, agent.to_input(observations))
    values = {layer.name: forward.steps[layer.index].output.contiguous().numpy() for layer in layers}
    return values, forward.q.numpy()


def output_units(agent: Agent) -> tuple[str, ...]:
    """Names of `output_columns`: every action, value, advantage."""
    return (*agent.actions, "value", "advantage")


def output_columns(q: Tensor) -> Tensor:
    """The scalars beyond units that exemplars are shown of.

    q_a is nearly the value, the same for all actions: what tells a state of one action from that of another is how
    far q_a is above the others.

    Args:
        q: (N, A).

    Returns:
        (N, A + 2): q_a - mean q of each action a, mean q (value), max q - mean q (advantage), see `Target`.
    """
    mean = q.mean(1, keepdim=True)
    return torch.cat([q - mean, mean, q.max(1, keepdim=True).values - mean], 1)


def below(agent: Agent, layer: UnitLayer) -> nn.Sequential:
    """The network up to a layer's values before the ReLU: (N, C, H, W) -> (N, U, ...)."""
    return nn.Sequential(*list(agent.network)[: layer.index + 1])
