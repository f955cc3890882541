"""Captum's class activation maps, and its ways to what it has no map for; `test_grad_cam` has the others."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass
from tests.oracles.comparing import Agree, last_relu

pytestmark = [
    pytest.mark.oracle,
    # Captum warns that it sets gradients and hooks, which is why it gets a network of its own.
    pytest.mark.filterwarnings("ignore:.*:UserWarning"),
]


@pytest.mark.parametrize("action", [0, 3])
def test_guided_grad_cam(action: int, captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    ours = explain_batch(forward_pass(network, frames), "guided-grad-cam", f"action:{action}").relevance
    theirs = captum_attr.GuidedGradCam(network, last_relu(network)).attribute(
        frames.requires_grad_(), target=action, interpolate_mode="bilinear"
    )
    agree("guided-grad-cam", "captum GuidedGradCam, bilinear", ours, theirs.detach())


def test_cam_by_way_of_grad_cam(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    if not any(isinstance(layer, nn.AdaptiveAvgPool2d) for layer in network):
        pytest.skip("CAM is defined under global average pooling alone")
    ours = explain_batch(forward_pass(network, frames), "cam", "action:1").relevance.sum(1, keepdim=True)
    small = captum_attr.LayerGradCam(network, last_relu(network)).attribute(frames.requires_grad_(), target=1)
    large = captum_attr.LayerAttribution.interpolate(small * 49, (84, 84), interpolate_mode="bilinear")
    agree("cam", "captum LayerGradCam, bilinear, × h w", ours, large.detach())


def test_layer_cam_without_relu_is_gradient_x_activation(
    captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree
) -> None:
    ours = explain_batch(forward_pass(network, frames), "layer-cam", "action:1", relu=False).relevance
    product = captum_attr.LayerGradientXActivation(network, last_relu(network)).attribute(frames, target=1)
    small = product.sum(1, keepdim=True)
    large = captum_attr.LayerAttribution.interpolate(small, (84, 84), interpolate_mode="bilinear")
    agree("layer-cam, relu=False", "captum LayerGradientXActivation, bilinear", ours.sum(1, keepdim=True),
          large.detach())  # fmt: skip


def test_ablation_cam_effects(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    """Captum's ablation of a whole channel of a layer is Ablation-CAM's undivided weight."""
    layer = last_relu(network)
    with torch.no_grad():
        activations = network[: list(network).index(layer) + 1](frames)
        channels = torch.arange(activations.shape[1])[None, :, None, None].expand(1, *activations.shape[1:])
        effects = captum_attr.LayerFeatureAblation(network, layer).attribute(
            frames, target=1, layer_mask=channels, perturbations_per_eval=8
        )
    small = (effects * activations).sum(1, keepdim=True)
    large = captum_attr.LayerAttribution.interpolate(small, (84, 84), interpolate_mode="bilinear")
    ours = explain_batch(forward_pass(network, frames), "ablation-cam", "action:1", relu=False).relevance
    agree("ablation-cam, relu=False", "captum LayerFeatureAblation, bilinear", ours.sum(1, keepdim=True), large)
