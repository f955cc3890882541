"""Dense Q: the network slides over an enlarged frame, and each place is told by what the network says of it alone."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution.effects import over_frames, separable
from rlxai.attribution.layers import Forward, Step, refusal
from rlxai.attribution.method import Method, Relevance, require
from rlxai.errors import InvalidValue

PASS_SIZE = 8
"""Enlarged frames at a time; bounds the memory."""


def strides(steps: tuple[Step, ...]) -> tuple[int, int]:
    """Pixels from one window to the next, down and across: the product of the convolutions' strides."""
    found = [step.layer.stride for step in steps if isinstance(step.layer, nn.Conv2d)]
    return math.prod(stride[0] for stride in found), math.prod(stride[1] for stride in found)


def dense_outputs(steps: tuple[Step, ...], frames: Tensor) -> Tensor:
    """The network on every window of larger frames in one pass (Sermanet et al. 2014, section 3.3; Long et al. 2015).

    A linear layer on the flattened h x w map is a convolution with an h x w kernel, and later ones are 1 x 1; global
    average pooling is a mean over h x w that slides. Shared pixels are computed once.

    Args:
        steps: of a forward pass on frames of the network's own size, which tells h x w.
        frames: (N, C, H', W'), at least of that size.

    Returns:
        (N, A, r, c): outputs for the window at row i * stride, column j * stride, without rounding errors equal to
        running the network on it.

    Raises:
        InvalidValue: a layer makes windows differ from the network's own frames, as padding does, or is not known.
    """
    a, kernel = frames, (1, 1)  # kernel: the map that the next linear layer takes as a vector
    for step in steps:
        match step.layer:
            case nn.Conv2d() as layer if layer.padding in ((0, 0), "valid"):
                a = layer(a)
            case nn.Conv2d():
                raise InvalidValue(
                    f"dense-q is not defined on layer {step.name}, {step.layer}; its padding would lie inside the "
                    "enlarged frame, where other pixels are"
                )
            case nn.ReLU():
                a = a.relu()
            case nn.AdaptiveAvgPool2d(output_size=1 | (1, 1)):
                a = F.avg_pool2d(a, tuple(step.input.shape[2:]), stride=1)
            case nn.Flatten(start_dim=1, end_dim=-1):
                kernel = (step.input.shape[2], step.input.shape[3])
            case nn.Linear() as layer if step.input.ndim == 2:
                a = F.conv2d(a, layer.weight.view(layer.out_features, -1, *kernel), layer.bias)
                kernel = (1, 1)
            case _:
                raise refusal(step, "dense-q")
    if kernel != (1, 1):
        raise InvalidValue(f"dense-q is not defined on layer {steps[-1].name}, {steps[-1].layer} without a linear one")
    return a


def enlarged(x: Tensor, zoom: float, margin: int, stride: tuple[int, int]) -> Tensor:
    """Frames enlarged bilinearly, and a black border around; wider at the far ends, so that whole windows fill all.

    (N, C, H, W) -> (N, C, H + k stride, W + l stride) with the smallest k and l that leave `margin` on all sides.
    """
    frames = F.interpolate(x, size=_lengths(x, zoom), mode="bilinear", align_corners=False)
    far = [
        margin + -(length + 2 * margin - own) % step
        for length, own, step in zip(frames.shape[2:], x.shape[2:], stride, strict=True)
    ]
    return F.pad(frames, (margin, far[1], margin, far[0]))


def windows_over(length: int, enlarged_length: int, margin: int, stride: int, windows: int) -> Tensor:
    """Which windows hold the centre of each pixel of the frame, along one axis: bool (windows, length)."""
    centres = margin + (torch.arange(length, dtype=torch.float64) + 0.5) * enlarged_length / length
    starts = torch.arange(windows)[:, None] * stride
    return (centres >= starts) & (centres < starts + length)


def dense_q(forward: Forward, weights: Tensor, *, zoom: float, margin: int) -> Relevance:
    """Dense Q-values: the fully connected layers as convolutions on an enlarged frame.

    effect(window) = target(window of the enlarged frame) - target(black frame), with the weights of the unperturbed
    target; R_pixel = mean effect over the windows that hold the pixel's centre. A window shows 1 / zoom of the
    frame's sides, enlarged to the size that the network sees. Windows start at multiples of the product of all
    strides (8 pixels of the enlarged frame for the Nature network), and each counts for all pixels it shows: that
    mean is the upsampling, no value is interpolated.

    The effect is counted from the black frame, so that a window without content has none; the published score maps,
    target(window) itself, are the same but for that constant. Counted from the unperturbed target instead, every empty
    corner would be evidence, for what the rest of the frame holds.

    Exact for convolutions without padding, then flatten or global average pooling, and linear layers; ReLU anywhere.
    One map for the stacked frames, which are enlarged together, spread evenly over them.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        zoom: side of the enlarged frame over that of the frame; 1 leaves shifts into the border alone.
        margin: width of the black border around the enlarged frame in pixels.

    Raises:
        InvalidValue: an option is outside its domain, or a layer makes windows differ from frames, as padding does.
    """
    x, steps = forward.x, forward.steps
    side = min(x.shape[2:])
    require(1 <= zoom <= 8, "dense-q", "zoom", zoom, "1 to 8")
    require(0 <= margin < side, "dense-q", "margin", margin, f"0 to the frame's side less one, {side - 1}")
    stride = strides(steps)
    black = dense_outputs(steps, x.new_zeros(1, *x.shape[1:]))  # (1, A, 1, 1)
    effects = torch.cat([
        ((dense_outputs(steps, enlarged(part, zoom, margin, stride)) - black) * weight[:, :, None, None]).sum(1)
        for part, weight in zip(torch.split(x, PASS_SIZE), torch.split(weights, PASS_SIZE), strict=True)
    ])  # (N, r, c)  # fmt: skip
    rows, columns = (
        windows_over(own, length, margin, step, windows).to(x.device)
        for own, length, step, windows in zip(x.shape[2:], _lengths(x, zoom), stride, effects.shape[1:], strict=True)
    )
    count = rows.sum(0)[:, None] * columns.sum(0)  # (H, W): windows over each pixel
    maps = separable(effects[:, None], rows.T.to(x.dtype), columns.T.to(x.dtype)) / count  # (N, 1, H, W)
    return Relevance(over_frames(maps, x))


def _lengths(x: Tensor, zoom: float) -> list[int]:
    return [round(length * zoom) for length in x.shape[2:]]


DENSE_Q = Method(
    name="dense-q",
    family="perturbation",
    summary="What the target is when the network sees an enlarged part of the frame alone.",
    formula="R = mean over windows holding the pixel of target(window of the enlarged frame) - target(black)",
    paper="Sermanet et al. 2014, arXiv 1312.6229; Long et al. 2015, arXiv 1411.4038",
    run=dense_q,
    per_frame=False,
    cost="25",
    options={"zoom": 2.0, "margin": 0},
)
