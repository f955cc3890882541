"""Class activation maps: where the last convolution's channels fire, weighted by what they do to the target."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution.gradients import derivative
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Relevance
from rlxai.errors import InvalidValue


def last_features(forward: Forward, method: str) -> int:
    """Index of the step whose output is the last convolution's activation, behind its ReLU where it has one.

    Raises:
        InvalidValue: the network has no convolution.
    """
    convolutions = [i for i, step in enumerate(forward.steps) if isinstance(step.layer, nn.Conv2d)]
    if not convolutions:
        kinds = ", ".join(f"{step.name}: {type(step.layer).__name__}" for step in forward.steps)
        raise InvalidValue(f"{method} needs a convolution; this network has none ({kinds})")
    last = convolutions[-1]
    rectified = last + 1 < len(forward.steps) and isinstance(forward.steps[last + 1].layer, nn.ReLU)
    return last + 1 if rectified else last


def spread(maps: Tensor, like: Tensor) -> Tensor:
    """One map per sample, enlarged to the input and spread evenly over its frames: (N, h, w) -> (N, C, H, W).

    Bilinear, corners not aligned: the convention of pixels as areas. The sum over frames is the enlarged map.
    """
    frames, height, width = like.shape[1:]
    large = F.interpolate(maps[:, None], size=(height, width), mode="bilinear", align_corners=False)  # (N, 1, H, W)
    return (large / frames).expand(-1, frames, -1, -1)


def grad_cam(forward: Forward, weights: Tensor, *, relu: bool) -> Relevance:
    """Grad-CAM with raw magnitudes (Selvaraju et al. 2017).

    α_k = mean over pixels of ∂target/∂A_k, map = ReLU(Σ_k α_k A_k), for the channels A_k (h x w) of the last
    convolution behind its ReLU; `relu=False` keeps channels' evidence against the target. Enlarged to the input
    bilinearly, corners not aligned.

    Raises:
        InvalidValue: the network has no convolution.
    """
    last = last_features(forward, "grad-cam")
    activations = forward.steps[last].output  # (N, K, h, w)
    alpha = derivative(forward.steps[last + 1 :], weights, "grad-cam").mean((2, 3), keepdim=True)  # (N, K, 1, 1)
    maps = (alpha * activations).sum(1)  # (N, h, w)
    return Relevance(spread(maps.relu() if relu else maps, forward.x))


GRAD_CAM = Method(
    name="grad-cam",
    family="CAM",
    summary="Where the last convolution's channels fire that raise the target.",
    formula="R = ReLU(Σ_k α_k A_k), α_k = mean ∂target/∂A_k",
    paper="Selvaraju et al. 2017, arXiv 1610.02391",
    run=grad_cam,
    signed=False,
    per_frame=False,
    cost="1.9",
    options={"relu": True},
)

METHODS = (GRAD_CAM,)
