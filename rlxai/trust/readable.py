"""The readable path: methods by autograd and by their formula, without any of the shortcuts of the fast one."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from rlxai.attribution import Composite, Forward, Rule, Step, lrp_composite, methods
from rlxai.attribution.layers import parameters, unflatten


def readable_relevance(forward: Forward, weights: Tensor, method: str) -> Tensor | None:
    """The map by the readable path, (N, C, H, W); None where the method has none.

    The gradient is that of autograd; LRP is `readable_lrp`.
    """
    if method in ("gradient", "gradient-x-input", "sensitivity"):
        gradient = _gradient(forward, weights)
        return {"gradient": gradient, "gradient-x-input": forward.x * gradient, "sensitivity": gradient.abs()}[method]
    known = methods().get(method)
    return readable_lrp(forward, weights, lrp_composite(method)) if known and known.family == "LRP" else None


def readable_lrp(forward: Forward, weights: Tensor, composite: Composite) -> Tensor:
    """R_i = Σ_parts Σ_terms a'_i Σ_j w'_ij s_j with s_j = share_j R_j / (z_j + ε sign z_j), layer by layer.

    Every z_j is summed up from its terms, and each Σ_j w'_ij s_j is a derivative of Σ_i a'_i w'_ij by autograd.
    """
    rules = composite.rules(forward)
    relevance = weights * forward.q
    for step in reversed(forward.steps):
        if step.name in rules:
            relevance = _hand_down(step, rules[step.name], relevance)
        elif isinstance(step.layer, nn.Flatten):
            relevance = unflatten(step, relevance)
    return relevance


def _hand_down(step: Step, rule: Rule, relevance: Tensor) -> Tensor:
    weight, bias = parameters(step)
    total = torch.zeros_like(step.input)
    with torch.enable_grad():
        for part in rule.parts(step, weight, bias):
            inputs = [torch.as_tensor(a, dtype=step.input.dtype).expand_as(step.input).clone() for a, _ in part.terms]
            z = cast("Tensor", 0)
            for a, (_, w) in zip(inputs, part.terms, strict=True):
                z = z + _linear(step.layer, a.requires_grad_(), w)
            below = z.detach() + (0 if part.bias is None else part.bias)
            below = below + rule.epsilon * torch.where(below >= 0, 1.0, -1.0)
            share = 1.0 if part.share is None else part.share
            slopes = torch.autograd.grad(z, inputs, share * relevance / below)
            total += sum(a.detach() * slope for a, slope in zip(inputs, slopes, strict=True))
    return total


def _linear(layer: nn.Module, a: Tensor, w: Tensor) -> Tensor:
    match layer:
        case nn.Conv2d():
            shape = (layer.out_channels, layer.in_channels, *layer.kernel_size)
            return nn.functional.conv2d(a, w.expand(shape), None, layer.stride, cast("tuple[int, int]", layer.padding))
        case nn.Linear():
            return nn.functional.linear(a, w.expand(layer.out_features, layer.in_features))
    return a.sum((2, 3), keepdim=True) * w


def _gradient(forward: Forward, weights: Tensor) -> Tensor:
    with torch.enable_grad():
        x = forward.x.detach().clone().requires_grad_()
        q = forward.network(x)
        return torch.autograd.grad((weights * q).sum(), x)[0]
