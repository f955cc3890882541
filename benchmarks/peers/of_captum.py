"""Captum's methods. Its class-wise interface takes a batch; options are those its documentation gives for speed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.peers.libraries import load
from benchmarks.peers.peer import Peer

PER_EVALUATION = 8
"""Perturbed batches per forward pass of the perturbation methods; more is no faster on a CPU."""
LIME_FRAMES = 2
"""Lime takes one frame at a time, so that a part of the batch tells the cost of all."""


def peers(network: nn.Sequential, x: Tensor, chosen: Tensor) -> Iterator[Peer]:
    """All of Captum that has a counterpart here."""
    attr: Any = load("captum.attr")
    last = network[max(i for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)) + 1]
    n = len(x)

    def plain(method: str, explainer: Any, what: str = "", **options: Any) -> Peer:
        name = type(explainer).__name__
        label = f"{name} {what}".strip()
        return Peer(method, "captum", label, lambda: explainer.attribute(x, target=chosen, **options))

    yield plain("gradient", attr.Saliency(network), abs=False)
    yield plain("sensitivity", attr.Saliency(network))
    yield plain("gradient-x-input", attr.InputXGradient(network))
    yield plain("guided-backprop", attr.GuidedBackprop(network))
    yield plain("deconvnet", attr.Deconvolution(network))
    yield plain("deeplift", attr.DeepLift(network))
    yield plain(
        "integrated-gradients", attr.IntegratedGradients(network), "32 steps", n_steps=32, internal_batch_size=n
    )
    yield plain(
        "smoothgrad", attr.NoiseTunnel(attr.Saliency(network)), "25 samples", nt_type="smoothgrad", nt_samples=25,
        nt_samples_batch_size=1, stdevs=0.1, abs=False,
    )  # fmt: skip
    yield Peer("lrp-epsilon", "captum", "LRP", lambda: _lrp(attr, network, x, chosen))
    yield plain("guided-grad-cam", attr.GuidedGradCam(network, last))

    def grad_cam() -> Tensor:
        small = attr.LayerGradCam(network, last).attribute(x, target=chosen, relu_attributions=True)
        large: Tensor = attr.LayerAttribution.interpolate(small, x.shape[2:], interpolate_mode="bilinear")
        return large

    yield Peer("grad-cam", "captum", "LayerGradCam", grad_cam)
    yield plain(
        "occlusion", attr.Occlusion(network), "9 x 9, stride 4", sliding_window_shapes=(x.shape[1], 9, 9),
        strides=(x.shape[1], 4, 4), perturbations_per_eval=PER_EVALUATION,
    )  # fmt: skip
    few = min(LIME_FRAMES, n)
    squares = torch.arange(x.shape[2]) * 12 // x.shape[2]
    mask = (squares[:, None] * 12 + squares)[None, None]
    lime = attr.Lime(network)
    yield Peer(
        "lime", "captum", "Lime, 500 samples",
        lambda: lime.attribute(
            x[:few], target=chosen[:few], feature_mask=mask, n_samples=500, perturbations_per_eval=64
        ),
        share=few / n,
    )  # fmt: skip


def _lrp(attr: Any, network: nn.Sequential, x: Tensor, chosen: Tensor) -> Tensor:
    """Its rules are lost after each call, and it refuses flatten, which this rule makes it hand on."""
    rules: Any = load("captum.attr._utils.lrp_rules")
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.rule = rules.EpsilonRule(1e-6)
        if isinstance(layer, nn.Flatten):
            layer.rule = rules.EpsilonRule(1e-9)
    relevance: Tensor = attr.LRP(network).attribute(x, target=chosen)
    return relevance
