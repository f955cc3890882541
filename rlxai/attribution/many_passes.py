"""The network prepared for many forward passes in a row."""

from __future__ import annotations

import copy

import torch
from torch import nn

from rlxai.attribution.layers import Forward, Step


def many_passes(forward: Forward) -> nn.Sequential:
    """The network of a forward pass with the same outputs up to rounding, faster in bulk: (P, C, H, W) -> (P, A).

    Inputs are best laid out channels last. Activations are written over. A linear layer on flattened features runs as
    the convolution that it is, with a kernel as large as its input: oneDNN's convolutions reach twice the arithmetic
    rate of matrix products on some CPUs. Weights are copied: make one network per method.
    """
    layers: list[nn.Module] = []
    for i, step in enumerate(forward.steps):
        match step.layer:
            case nn.Linear() as layer if i > 0 and isinstance(forward.steps[i - 1].layer, nn.Flatten):
                layers[-1:] = [_as_convolution(layer, forward.steps[i - 1]), nn.Flatten()]
            case nn.Conv2d() as layer:
                layers.append(copy.deepcopy(layer).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
            case nn.ReLU():
                layers.append(nn.ReLU(inplace=i > 0))
            case layer:
                layers.append(layer)
    return nn.Sequential(*layers)


def _as_convolution(layer: nn.Linear, flatten: Step) -> nn.Conv2d:
    """(P, C, h, w) -> (P, O, 1, 1)."""
    channels, height, width = flatten.input.shape[1:]
    weight = layer.weight.detach().view(-1, channels, height, width)
    found = nn.Conv2d(channels, len(weight), (height, width), device="meta")  # no random draw
    found.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last), False)
    found.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach(), False)
    return found
