"""pytorch-grad-cam: its raw maps, before it rectifies, scales and enlarges them, and the maps that it hands out.

Where it goes its own way: it scales every map to 0..1, so that magnitudes are lost; it divides Ablation-CAM's weights
by the score; it adds 1e-6 to Grad-CAM++'s denominator, whatever the unit of the outputs; it enlarges Score-CAM's masks
with aligned corners and takes the softmax of their scores, where a large channel count flattens small differences.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.oracles.comparing import Agree, last_relu, ours

pytestmark = pytest.mark.oracle

ACTION = 2  # what `ours` explains
SCALE = 1e4


@pytest.fixture
def run(grad_cam: types.ModuleType, network: nn.Sequential, frames: Tensor) -> Callable[..., tuple]:
    """A CAM's object, its activations and gradients (numpy), and its normalised maps, after one call."""

    def explain(name: str, target: Callable[[Tensor], Tensor] | None = None) -> tuple:
        cam = getattr(grad_cam, name)(model=network, target_layers=[last_relu(network)])
        target = target or grad_cam.utils.model_targets.ClassifierOutputTarget(ACTION)
        frames.requires_grad_()  # the network is frozen
        maps = torch.from_numpy(cam(input_tensor=frames, targets=[target] * len(frames)))
        frames.requires_grad_(False)
        recorded = cam.activations_and_grads
        gradients = recorded.gradients[0].numpy() if recorded.gradients else None
        return cam, recorded.activations[0].numpy(), gradients, maps

    return explain


def enlarge(small: np.ndarray | Tensor, relu: bool = True) -> Tensor:
    """(N, h, w) -> (N, 1, 84, 84)."""
    maps = torch.as_tensor(small)[:, None]
    return nn.functional.interpolate(maps.relu() if relu else maps, size=(84, 84), mode="bilinear")


def normalised(maps: Tensor) -> Tensor:
    """To 0..1, each by its own extremes: (N, H, W)."""
    maps = maps - maps.amin((1, 2), keepdim=True)
    return maps / maps.amax((1, 2), keepdim=True).clamp_min(torch.finfo(maps.dtype).tiny)


@pytest.mark.parametrize(
    ("method", "relu", "name"),
    [("grad-cam", True, "GradCAM"), ("grad-cam", False, "GradCAM"), ("layer-cam", True, "LayerCAM"),
     ("layer-cam", False, "HiResCAM")],
)  # fmt: skip
def test_raw_map(method: str, relu: bool, name: str, run, network: nn.Sequential, frames: Tensor,
                 agree: Agree) -> None:  # fmt: skip
    cam, activations, gradients, _ = run(name)
    raw = cam.get_cam_image(frames, cam.target_layers[0], None, activations, gradients, False)
    found = ours(network, frames, method, relu=relu).relevance.sum(1, keepdim=True)
    agree(f"{method}{'' if relu else ', relu=False'}", f"grad-cam {name}, raw", found, enlarge(raw, relu))


def test_grad_cam_plus_plus(run, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    """Gradients times s and activations divided by s leave the formula as it is, and make the 1e-6 harmless."""
    cam, activations, gradients, _ = run("GradCAMPlusPlus")
    weights = cam.get_cam_weights(frames, cam.target_layers[0], None, activations / SCALE, gradients * SCALE) / SCALE
    raw = (weights[:, :, None, None] * activations).sum(1)
    found = ours(network, frames, "grad-cam++").relevance.sum(1, keepdim=True)
    agree("grad-cam++", "grad-cam GradCAMPlusPlus, raw, unit changed", found, enlarge(raw))


def test_ablation_cam(run, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    """A score of 1 for the frame itself makes the division harmless; it also keeps single precision's digits."""
    cam, activations, _, _ = run("AblationCAM")
    targets = [partial(rise, before=q[ACTION]) for q in network(frames)]
    raw = cam.get_cam_image(frames, cam.target_layers[0], targets, activations, None, False) / SCALE
    found = ours(network, frames, "ablation-cam", relu=False).relevance.sum(1, keepdim=True)
    agree("ablation-cam, relu=False", "grad-cam AblationCAM, raw, undivided", found, enlarge(raw, relu=False))


def rise(output: Tensor, before: Tensor) -> Tensor:
    return 1 + SCALE * (output[ACTION] - before)


@pytest.mark.parametrize("relu", [True, False])
def test_score_cam(relu: bool, run, network: nn.Sequential, frames: Tensor, agree: Agree,
                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The scores are taken on their way to the softmax, which is not undone; corners are not aligned."""
    monkeypatch.setattr(nn, "UpsamplingBilinear2d", partial(nn.Upsample, mode="bilinear", align_corners=False))
    seen: list[Tensor] = []

    def target(output: Tensor) -> Tensor:
        seen.append(output[ACTION])
        return output[ACTION]

    _, activations, _, _ = run("ScoreCAM", target)
    black = network(torch.zeros_like(frames[:1]))[0, ACTION]
    scores = torch.stack(seen).view(activations.shape[:2]) - black  # (N, K)
    raw = (scores[:, :, None, None] * torch.from_numpy(activations)).sum(1)
    found = ours(network, frames, "score-cam", relu=relu).relevance.sum(1, keepdim=True)
    agree(f"score-cam{'' if relu else ', relu=False'}", "grad-cam ScoreCAM, raw, no softmax", found, enlarge(raw, relu))


@pytest.mark.parametrize(("method", "name"), [("grad-cam", "GradCAM"), ("layer-cam", "LayerCAM")])
def test_map_as_handed_out(method: str, name: str, run, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    """Rectified, scaled to 0..1 and enlarged by OpenCV in single precision."""
    _, _, _, theirs = run(name)
    found = normalised(ours(network, frames, method).relevance.sum(1))
    agree(method, f"grad-cam {name}, as handed out (float32)", found, theirs.to(found.dtype))
