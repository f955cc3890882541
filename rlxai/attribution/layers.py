"""The forward pass that methods share, and the two linear maps every backward method is made of.

A layer with weights computes z_j = Σ_i a_i w_ij + b_j. `apply` is Σ_i a_i w_ij for any weights w, `transpose` is
Σ_j w_ij s_j. Gradients and relevance are both chains of `transpose`; methods differ in w, and in what they multiply.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution.inner_product import product, transposed_product
from rlxai.attribution.pages import keep_freed_pages
from rlxai.errors import InvalidValue
from rlxai.networks.heads import fold_head

VECTOR = 16
"""Channels that CPU kernels work on side by side."""
_OF_SIZE = {4: torch.float32, 8: torch.float64, 16: torch.complex128}
"""Types by their bytes."""


@dataclass(frozen=True)
class Step:
    """One layer of a forward pass: its name in the network, its input and its output, each (N, ...)."""

    name: str
    layer: nn.Module
    input: Tensor
    output: Tensor
    rectified: bool = False
    """Whether the input is known not to be negative, as behind a ReLU."""

    @cached_property
    def nonnegative(self) -> bool:
        """Whether the input holds no negative value; rules save a pass by it. Looked up on first use."""
        return self.rectified or bool((self.input >= 0).all())

    @cached_property
    def raised(self) -> Tensor:
        """Σ_i a⁺_i w⁺_ij + a⁻_i w⁻_ij of a linear layer, (N, O, ...): what raises each output, without the bias.

        Several rules need it, for any target: it is computed on first use and kept.
        """
        a, w = self.input, parameters(self)[0]
        if self.nonnegative:
            return apply(self.layer, a, w.clamp(min=0))
        return apply(self.layer, a.clamp(min=0), w.clamp(min=0)) + apply(self.layer, a.clamp(max=0), w.clamp(max=0))


@dataclass(frozen=True)
class Forward:
    """One forward pass with all activations; any number of methods and targets can be explained from it.

    `network` is the network explained: a dueling head or a mean over quantiles at its end is folded
    into one linear layer.
    """

    network: nn.Sequential
    steps: tuple[Step, ...]
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What one method leaves for the next on the same activations; each entry says itself what it is good for."""

    @property
    def x(self) -> Tensor:
        """Network input (N, C, H, W), floats in [0, 1]."""
        return self.steps[0].input

    @property
    def q(self) -> Tensor:
        """Network outputs (N, A): Q-values, or the logits of a policy."""
        return self.steps[-1].output


@contextmanager
def exact_arithmetic(device: torch.device) -> Iterator[None]:
    """No autograd graph and no autocast: in half precision the differences between Q-values drown in Q."""
    with torch.no_grad(), torch.autocast(device.type, enabled=False):
        yield


def forward_pass(network: nn.Sequential, x: Tensor) -> Forward:
    """Run the network and keep every activation.

    Args:
        network: flat `nn.Sequential`; its parameters, gradients and mode are left alone.
        x: (N, C, H, W) floats in [0, 1]; taken to the network's device and dtype.

    Raises:
        InvalidValue: a layer gives something else than one tensor, as recurrent ones do.
    """
    network = fold_head(network)
    keep_freed_pages()
    parameter = next(network.parameters())
    a = x.to(parameter.device, parameter.dtype)
    steps: list[Step] = []
    rectified = False
    with exact_arithmetic(a.device):
        for name, layer in network.named_children():
            out = run(layer, a)
            if not isinstance(out, Tensor):
                raise InvalidValue(f"layer {name}, {layer}, does not give one tensor, as a layer that can be explained")
            steps.append(Step(name, layer, a, out, rectified))
            rectified = isinstance(layer, nn.ReLU) or (rectified and not _has_weights(layer))
            a = out
    return Forward(network, tuple(steps))


def run(layer: nn.Module, a: Tensor) -> Tensor:
    """The layer's output, (N, ...) -> (N, ...)."""
    match layer:
        case nn.ReLU():
            return F.relu(a)  # an in-place ReLU would overwrite `a`
        case nn.Linear():
            return product(a, layer.weight, layer.bias)
        case nn.Conv2d():
            # Convolutions and, above all, their transposes run faster on channels that lie side by side. Images have
            # few and stay as they are.
            return cast("Tensor", layer(a)).contiguous(memory_format=torch.channels_last)
    return cast("Tensor", layer(a))


def is_linear(layer: nn.Module) -> bool:
    """Whether `parameters`, `apply` and `transpose` are defined on the layer."""
    match layer:
        case nn.Conv2d():
            plain = layer.groups == 1 and layer.dilation == (1, 1) and layer.padding_mode == "zeros"
            return plain and not isinstance(layer.padding, str)
        case nn.AdaptiveAvgPool2d():
            return layer.output_size in (1, (1, 1))
    return isinstance(layer, nn.Linear)


def parameters(step: Step) -> tuple[Tensor, Tensor]:
    """Weights w and bias b of a linear layer; b broadcasts over the layer's output.

    Global average pooling is a linear layer too: one weight 1 / (H W) for all pixels, and no bias.
    """
    match step.layer:
        case nn.Conv2d() as layer:
            bias = step.output.new_zeros(()) if layer.bias is None else layer.bias.detach()[:, None, None]
            return layer.weight.detach(), bias  # (O, I, h, w), (O, 1, 1)
        case nn.Linear() as layer:
            bias = step.output.new_zeros(()) if layer.bias is None else layer.bias.detach()
            return layer.weight.detach(), bias  # (O, I), (O,)
    height, width = step.input.shape[2:]
    return step.output.new_full((), 1 / (height * width)), step.output.new_zeros(())


def apply(layer: nn.Module, a: Tensor, w: Tensor) -> Tensor:
    """Σ_i a_i w_ij: input (N, I, ...) -> output (N, O, ...) of the layer, without bias.

    A weight of length 1 along the axis O or I stands for the same weight in all channels.
    """
    match layer:
        case nn.Conv2d():
            return F.conv2d(_merge(a, w.shape[1]), w, None, layer.stride, layer.padding)
        case nn.Linear():
            return product(_merge(a, w.shape[1]), w)
    return a.sum((2, 3), keepdim=True) * w


def transpose(layer: nn.Module, s: Tensor, w: Tensor, shape: torch.Size) -> Tensor:
    """Σ_j w_ij s_j: output (N, O, ...) -> input (N, I, ...) of the layer; `shape` is the input's.

    A weight of length 1 along the axis O or I stands for the same weight in all channels; I is then 1 in the result.
    """
    match layer:
        case nn.Conv2d():
            return _transpose_convolution(_merge(s, w.shape[0]), w, layer, shape[2], shape[3])
        case nn.Linear():
            return transposed_product(_merge(s, w.shape[0]), w)
    return (s * w).expand(shape)


def unflatten(step: Step, values: Tensor) -> Tensor:
    """Values of a flatten layer's output laid out as its input: (N, C h w) -> (N, C, h, w)."""
    return values.reshape(step.input.shape).contiguous(memory_format=torch.channels_last)


def per_sample(values: Tensor) -> Tensor:
    """Sum over everything but the batch: (N, ...) -> (N,)."""
    return values.sum(tuple(range(1, values.ndim)))  # flattening would copy channels that lie side by side


def refusal(step: Step, method: str) -> InvalidValue:
    """The error of a method that meets a layer it is not defined on."""
    return InvalidValue(
        f"{method} is not defined on layer {step.name}, {step.layer}; it is on convolutions without groups or "
        "dilation, linear layers, ReLU, flatten and global average pooling"
    )


def _has_weights(layer: nn.Module) -> bool:
    return not isinstance(layer, nn.Flatten | nn.AdaptiveAvgPool2d)


def _merge(values: Tensor, channels: int) -> Tensor:
    """(N, K, ...) -> (N, 1, ...) where the weights are the same for all K channels."""
    return values.sum(1, keepdim=True) if channels == 1 < values.shape[1] else values


def _transpose_convolution(s: Tensor, w: Tensor, layer: nn.Conv2d, height: int, width: int) -> Tensor:
    """(N, O, h, w) -> (N, I, height, width)."""
    padding = cast("tuple[int, int]", layer.padding)  # `is_linear` refuses named paddings
    kernel, stride = layer.kernel_size, layer.stride[0]
    square = len({*kernel}) == len({*layer.stride}) == 1
    if stride == 1 or not square or kernel[0] % stride or any(padding) or w.shape[1] >= VECTOR:
        # Rows and columns at the far border that no window reached.
        far = [
            (size + 2 * p - k) % t for size, p, k, t in zip((height, width), padding, kernel, layer.stride, strict=True)
        ]
        return F.conv_transpose2d(s, w, None, layer.stride, padding, far)
    # The same sum with each block of stride x stride pixels laid out as channels: CPU kernels have no fast path for
    # the few input channels of an image (oneDNN issue 42), and the first layer took half the time of a gradient.
    outputs, inputs, m = w.shape[0], w.shape[1], kernel[0] // stride
    blocks = w.view(outputs, inputs, m, stride, m, stride).permute(1, 3, 5, 0, 2, 4)  # (I, stride, stride, O, m, m)
    flipped = blocks.reshape(inputs * stride**2, outputs, m, m).flip(2, 3)  # without stride, T is a convolution again
    pixels = _unblock(F.conv2d(s, flipped, padding=m - 1), stride)  # (N, I, (h + m - 1) stride, ...)
    far = [height - pixels.shape[2], width - pixels.shape[3]]
    return F.pad(pixels, (0, far[1], 0, far[0])) if any(far) else pixels


def _unblock(blocks: Tensor, stride: int) -> Tensor:
    """Channels (N, I t t, h, w) as blocks of t x t pixels: (N, I, h t, w t), as `F.pixel_shuffle` but contiguous.

    Runs of t values stay side by side. They are moved as one number where there is a type of their size.
    """
    n, channels, h, w = blocks.shape
    inputs = channels // stride**2
    runs = blocks.permute(0, 2, 3, 1).contiguous().view(n, h, w, inputs, stride, stride)
    wide = _OF_SIZE.get(stride * blocks.element_size()) if blocks.device.type == "cpu" else None
    moved = (runs if wide is None else runs.view(wide)).permute(0, 3, 1, 4, 2, 5).contiguous()
    return moved.view(blocks.dtype).view(n, inputs, h * stride, w * stride)
