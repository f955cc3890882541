"""Class activation maps without derivatives: each channel of the last convolution is tried out in forward passes."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from rlxai.attribution.cam_features import channel_map, enlarge, last_features, spread
from rlxai.attribution.layers import Forward, Step, parameters
from rlxai.attribution.method import Method, Relevance

PASS_SIZE = 32
"""Variants of the input, or ablated channels of all samples, per pass; bounds the memory."""


def ablation_cam(forward: Forward, weights: Tensor, *, relu: bool) -> Relevance:
    """Ablation-CAM with raw magnitudes (Desai & Ramaswamy 2020).

    w_k = target(x) - target(x with channel A_k set to 0), exact; R = ReLU(Σ_k w_k A_k). `relu=False` keeps channels'
    evidence against the target. The paper divides w_k by target(x): that is senseless near 0 and turns every sign
    where the target is negative, as Q-values may be. Undivided, w_k > 0 says that the target is lower without the
    channel, whatever the target's sign.

    Raises:
        InvalidValue: the network has no convolution.
    """
    last = last_features(forward, "ablation-cam")
    outputs = _ablated_at_once(forward, last)
    if outputs is None:
        outputs = _ablated_one_by_one(forward, last)
    effects = ((forward.q[:, None] - outputs) * weights[:, None]).sum(2)  # (N, K, A) -> (N, K)
    return spread(channel_map(effects, forward.steps[last].output, relu=relu), forward.x)


def score_cam(forward: Forward, weights: Tensor, *, relu: bool) -> Relevance:
    """Score-CAM with raw magnitudes (Wang et al. 2020), without the softmax over channels.

    M_k = A_k enlarged to the input and scaled to [0, 1] by its own extremes;
    w_k = target(x M_k) - target(black), with the weights of the unperturbed target; R = ReLU(Σ_k w_k A_k).
    `relu=False` keeps channels' evidence against the target. A channel without contrast has no mask, and w_k = 0.

    Raises:
        InvalidValue: the network has no convolution.
    """
    x, network = forward.x, forward.network
    activations = forward.steps[last_features(forward, "score-cam")].output  # (N, K, h, w)
    black = network(torch.zeros_like(x[:1]))  # (1, A)
    effects = activations.new_zeros(activations.shape[:2])  # (N, K)
    contrast = activations.amax((2, 3)) > activations.amin((2, 3))
    for chunk in torch.split(contrast.nonzero(), PASS_SIZE):
        sample, channel = chunk.unbind(1)  # (P,) each
        large = enlarge(activations[sample, channel][:, None], x)  # (P, 1, H, W)
        low, high = large.amin((2, 3), keepdim=True), large.amax((2, 3), keepdim=True)
        masked = x[sample] * ((large - low) / (high - low).clamp_min(torch.finfo(x.dtype).tiny))
        effects[sample, channel] = (weights[sample] * (network(masked) - black)).sum(1)
    return spread(channel_map(effects, activations, relu=relu), x)


def _ablated_at_once(forward: Forward, last: int) -> Tensor | None:
    """Outputs (N, K, A) without each channel, where a linear layer reads the channels side by side; else None.

    Its output without channel k is z - W_k a_k: all channels together cost one product of the layer's own size.
    """
    head = forward.steps[last + 1 :]
    first = next((i for i, step in enumerate(head) if isinstance(step.layer, nn.Linear)), None)
    if first is None or head[first].input.ndim > 2 or not _keeps_channels_apart(head[:first]):
        return None
    linear = head[first]
    n, width = linear.input.shape
    channels = forward.steps[last].output.shape[1]
    weight = parameters(linear)[0].reshape(-1, channels, width // channels)  # (O, K P) -> (O, K, P)
    parts = linear.input.reshape(n, channels, width // channels)  # (N, K P) -> (N, K, P)
    found = []
    for a, w in zip(
        torch.split(parts.transpose(0, 1), PASS_SIZE), torch.split(weight.permute(1, 2, 0), PASS_SIZE), strict=True
    ):
        outputs = torch.baddbmm(linear.output, a, w, alpha=-1).flatten(0, 1)  # z - (k, N, P) @ (k, P, O) -> (k N, O)
        for step in head[first + 1 :]:
            outputs = outputs.relu_() if isinstance(step.layer, nn.ReLU) else step.layer(outputs)
        found.append(outputs.reshape(len(a), n, forward.q.shape[1]))
    return torch.cat(found).transpose(0, 1)  # (K, N, A) -> (N, K, A)


def _ablated_one_by_one(forward: Forward, last: int) -> Tensor:
    """Outputs (N, K, A) without each channel, for any layers behind it; channels that are 0 already are skipped."""
    activations = forward.steps[last].output  # (N, K, h, w)
    head = forward.network[last + 1 :]
    outputs = forward.q[:, None].repeat(1, activations.shape[1], 1)
    for chunk in torch.split((activations != 0).flatten(2).any(2).nonzero(), PASS_SIZE):
        sample, channel = chunk.unbind(1)  # (P,) each
        ablated = activations[sample]
        ablated[torch.arange(len(chunk), device=ablated.device), channel] = 0
        outputs[sample, channel] = head(ablated)
    return outputs


def _keeps_channels_apart(steps: Iterable[Step]) -> bool:
    return all(isinstance(step.layer, nn.Flatten | nn.AdaptiveAvgPool2d) for step in steps)


ABLATION_CAM = Method(
    name="ablation-cam",
    family="CAM",
    summary="Where the last convolution's channels fire without which the target is lower.",
    formula="R = ReLU(Σ_k w_k A_k), w_k = target(x) - target(x, A_k = 0)",
    paper="Desai & Ramaswamy 2020, WACV",
    run=ablation_cam,
    signed=False,
    per_frame=False,
    cost="1.7",
    options={"relu": True},
)

SCORE_CAM = Method(
    name="score-cam",
    family="CAM",
    summary="Where the last convolution's channels fire that, as masks of the input, bring out the target.",
    formula="R = ReLU(Σ_k w_k A_k), w_k = target(x M_k) - target(black), M_k = A_k enlarged, in [0, 1]",
    paper="Wang et al. 2020, arXiv 1910.01279",
    run=score_cam,
    signed=False,
    per_frame=False,
    cost="87",
    options={"relu": True},
)

METHODS = (ABLATION_CAM, SCORE_CAM)
