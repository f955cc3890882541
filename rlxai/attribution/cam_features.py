"""What all class activation maps share: the last convolution's channels, and the way a small map becomes pixels."""

from __future__ import annotations

from torch import Tensor, nn

from rlxai.attribution.effects import separable
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Relevance
from rlxai.attribution.smooth_mask import enlargement
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


def channel_map(channel_weights: Tensor, activations: Tensor, *, relu: bool) -> Tensor:
    """Σ_k w_k A_k, without its negative part if `relu`: (N, K), (N, K, h, w) -> (N, h, w)."""
    maps = (channel_weights[:, :, None, None] * activations).sum(1)
    return maps.relu() if relu else maps


def enlarge(maps: Tensor, like: Tensor) -> Tensor:
    """Bilinear, corners not aligned, which takes pixels as areas: (N, K, h, w) -> (N, K, H, W) of the input `like`.

    Two products with matrices are faster than the interpolation itself.
    """
    down, across = (
        enlargement(large, small, maps) for large, small in zip(like.shape[2:], maps.shape[2:], strict=True)
    )
    return separable(maps, down, across)


def spread(maps: Tensor, like: Tensor) -> Relevance:
    """One map per sample, enlarged to the input and spread evenly over its frames: (N, h, w) -> (N, C, H, W).

    The sum over frames is the enlarged map.
    """
    frames = like.shape[1]
    return Relevance(enlarge(maps[:, None] / frames, like).expand(-1, frames, -1, -1))
