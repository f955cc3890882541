"""Captum, where it is right: see each test for what has to be worked around.

Its occlusion is divided, and returned, in single precision whatever the network's: hence errors of 1e-8 there.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.oracles.comparing import Agree, ours

pytestmark = [
    pytest.mark.oracle,
    # Captum warns that it sets gradients and hooks, which is why it gets a network of its own.
    pytest.mark.filterwarnings("ignore:.*:UserWarning"),
]


def test_gradient(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    theirs = captum_attr.Saliency(network).attribute(frames.requires_grad_(), target=2, abs=False)
    agree("gradient", "captum Saliency", ours(network, frames, "gradient").relevance, theirs)


def test_gradient_x_input(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    theirs = captum_attr.InputXGradient(network).attribute(frames.requires_grad_(), target=2)
    agree("gradient-x-input", "captum InputXGradient", ours(network, frames, "gradient-x-input").relevance, theirs)


def test_lrp_epsilon(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    if any(isinstance(layer, nn.AdaptiveAvgPool2d) for layer in network):
        pytest.skip("captum has no rule of its own for adaptive pooling")
    from captum.attr._utils.lrp_rules import EpsilonRule

    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.rule = EpsilonRule(1e-6)
        if isinstance(layer, nn.Flatten):
            layer.rule = EpsilonRule(1e-300)  # captum refuses flatten; with this rule it hands everything on
    result = ours(network, frames, "lrp-epsilon", epsilon=1e-6).relevance
    theirs = captum_attr.LRP(network).attribute(frames, target=2)
    agree("lrp-epsilon", "captum LRP, EpsilonRule", result, theirs.detach())


@pytest.mark.parametrize("relu", [True, False])
def test_grad_cam(relu: bool, captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    last = max(i for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)) + 1
    cam = captum_attr.LayerGradCam(network, network[last])
    small = cam.attribute(frames.requires_grad_(), target=2, relu_attributions=relu)
    large = captum_attr.LayerAttribution.interpolate(small, (84, 84), interpolate_mode="bilinear").detach()
    result = ours(network, frames, "grad-cam", relu=relu).relevance.sum(1, keepdim=True)
    agree("grad-cam", "captum LayerGradCam, bilinear", result, large)


@pytest.mark.parametrize("together", [True, False])
def test_occlusion(together: bool, captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    x, depth = (frames[:2], 4) if together else (frames[:1], 1)
    with torch.no_grad():
        theirs = captum_attr.Occlusion(network).attribute(
            x, target=2, sliding_window_shapes=(depth, 20, 20), strides=(depth, 12, 12), baselines=0.25,
            perturbations_per_eval=16,
        )  # fmt: skip
    covered = "all" if together else "each"
    result = ours(network, x, "occlusion", window=20, stride=12, value=0.25, frames=covered).relevance
    if together:
        result = result.sum(1, keepdim=True).expand_as(result)  # captum gives every frame the whole effect
    agree("occlusion", f"captum Occlusion, frames={covered}", result, theirs)


def test_occlusion_as_by_default(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    x = frames[:1]
    with torch.no_grad():
        theirs = captum_attr.Occlusion(network).attribute(
            x, target=2, sliding_window_shapes=(4, 9, 9), strides=(4, 4, 4), perturbations_per_eval=32
        )
    agree("occlusion", "captum Occlusion, 9 x 9 stride 4", ours(network, x, "occlusion").relevance * 4, theirs)
