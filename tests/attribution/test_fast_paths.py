"""The methods on the full networks against plain autograd: what is fast must also be the formula, to rounding."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution import Target, explain_batch, forward_pass

EPSILON = 1e-2  # as a mere stabiliser it would leave quotients of two roundings
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}

Part = tuple[float | Tensor, Tensor, Tensor, Tensor]
"""(share of R_j, inputs a', weights w', bias b'), every tensor without a shortcut."""
Rule = Callable[[Tensor, Tensor, Tensor, Tensor], list[Part]]


def epsilon(a: Tensor, w: Tensor, b: Tensor, z: Tensor) -> list[Part]:
    return [(1, a, w, b)]


def z_plus(a: Tensor, w: Tensor, b: Tensor, z: Tensor) -> list[Part]:
    return [(1, a, w.clamp(min=0), b.clamp(min=0))]


def alpha2_beta1(a: Tensor, w: Tensor, b: Tensor, z: Tensor) -> list[Part]:
    return [(2, a, w.clamp(min=0), b.clamp(min=0)), (-1, a, w.clamp(max=0), b.clamp(max=0))]


def gamma(a: Tensor, w: Tensor, b: Tensor, z: Tensor) -> list[Part]:
    return [(1.0 * (z >= 0), a, w + w.clamp(min=0) / 4, b + b.clamp(min=0) / 4),
            (1.0 * (z < 0), a, w + w.clamp(max=0) / 4, b + b.clamp(max=0) / 4)]  # fmt: skip


def flat(a: Tensor, w: Tensor, b: Tensor, z: Tensor) -> list[Part]:
    return [(1, torch.ones_like(a), torch.ones_like(w), torch.zeros_like(b))]


LRP: dict[str, tuple[Rule, Rule, Rule]] = {
    "lrp-epsilon": (epsilon, epsilon, epsilon),
    "lrp-gamma": (gamma, gamma, epsilon),
    "lrp-alpha1beta0": (z_plus, z_plus, z_plus),
    "lrp-alpha2beta1": (alpha2_beta1, alpha2_beta1, alpha2_beta1),
    "lrp-epsilon-plus": (z_plus, z_plus, epsilon),
    "lrp-epsilon-plus-flat": (flat, z_plus, epsilon),
    "lrp-epsilon-alpha2beta1-flat": (flat, alpha2_beta1, epsilon),
}
"""Rules of the first layer, of other convolutions, of linear layers."""


def surrogate(network: nn.Sequential, x: Tensor, weights: Tensor, rules: tuple[Rule, Rule, Rule]) -> Tensor:
    """R_i = Σ_parts a'_i ∂/∂a'_i Σ_j z'_j(a') [share_j R_j / (z'_j ± ε)], layer by layer."""
    inputs = [x]
    for layer in network:
        inputs.append(layer(inputs[-1]))
    relevance = weights * inputs[-1]
    for place, layer in reversed([*enumerate(network)]):
        a, z = inputs[place], inputs[place + 1]
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            relevance = relevance.reshape(a.shape)
            continue
        rule = rules[2] if isinstance(layer, nn.Linear) else rules[min(place, 1)]
        handed_down = torch.zeros_like(a)
        for share, values, w, b in rule(a, layer.weight, layer.bias, z):
            leaf = values.detach().requires_grad_()
            out = F.linear(leaf, w, b) if isinstance(layer, nn.Linear) else F.conv2d(leaf, w, b, layer.stride)
            s = share * relevance / (out + EPSILON * (2 * (out >= 0).to(out) - 1)).detach()
            handed_down += values * torch.autograd.grad(out, leaf, s)[0]
        relevance = handed_down
    return relevance


def close(found: Tensor, expected: Tensor) -> None:
    error = (found.double() - expected).abs().max() / expected.abs().max()
    assert error <= TOLERANCE[found.dtype]


@pytest.fixture
def x(seeded: None) -> Tensor:
    """(3, 4, 84, 84), half black."""
    x = torch.rand(3, 4, 84, 84, dtype=torch.float64)
    x[:, :, :42] = 0
    return x


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("name", ["nature", "nips"])
def test_composites_are_their_surrogates(name: str, dtype: torch.dtype, make_network, x: Tensor) -> None:
    network = make_network(name)
    weights = Target.parse("contrast:0:2").weights(network(x))
    expected = {method: surrogate(network, x, weights, rules) for method, rules in LRP.items()}
    forward = forward_pass(network.to(dtype), x.to(dtype))  # one for all: what one method leaves, the next one uses
    for method in [*LRP, *reversed(LRP)]:
        close(explain_batch(forward, method, "contrast:0:2", epsilon=EPSILON).relevance, expected[method])


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("name", ["nature", "nips"])
def test_gradients_are_those_of_autograd(name: str, dtype: torch.dtype, make_network, x: Tensor) -> None:
    network = make_network(name)
    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(network(leaf)[:, 1].sum(), leaf)
    found = explain_batch(forward_pass(network.to(dtype), x.to(dtype)), "gradient", "action:1")
    close(found.relevance, expected)
