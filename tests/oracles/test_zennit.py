"""Zennit: its composites are the reference for LRP."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import (
    AlphaBeta,
    Composite,
    Epsilon,
    Gamma,
    Target,
    WSquare,
    ZBox,
    ZPlus,
    explain_batch,
    forward_pass,
    relevance_pass,
)
from rlxai.attribution.lrp import METHODS
from tests.oracles.comparing import Agree

pytestmark = pytest.mark.oracle
TARGETS = ["chosen", "advantage", "contrast:0:3"]


def theirs(zennit, composite: object, network: nn.Sequential, frames: Tensor, target: str) -> tuple[Tensor, Tensor]:
    """Zennit's relevance, started from weights x output as ours is."""
    weights = Target.parse(target).weights(network(frames))
    with zennit.attribution.Gradient(network, composite, attr_output=lambda q: weights * q) as attributor:
        out, relevance = attributor(frames)
    return relevance, out


def seed(network: nn.Sequential, frames: Tensor, target: str) -> Tensor:
    return Target.parse(target).weights(network(frames))


@pytest.mark.parametrize("target", TARGETS)
def test_gradient(target: str, zennit, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    weights = seed(network, frames, target)
    _, expected = zennit.attribution.Gradient(network, attr_output=lambda q: weights)(frames)
    agree("gradient", "zennit Gradient", explain_batch(forward_pass(network, frames), "gradient", target).relevance,
          expected)  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_lrp_epsilon(target: str, zennit, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    rule = zennit.rules.Epsilon(epsilon=1e-6)
    layers = [(nn.Conv2d, rule), (nn.Linear, rule), (nn.AdaptiveAvgPool2d, rule), (nn.ReLU, zennit.rules.Pass())]
    expected, _ = theirs(zennit, zennit.composites.LayerMapComposite(layers), network, frames, target)
    found = explain_batch(forward_pass(network, frames), "lrp-epsilon", target)
    agree("lrp-epsilon", "zennit Epsilon", found.relevance, expected)


def oracle(zennit, method: str, x: Tensor) -> tuple[str, object]:
    """Zennit's name for a method, and its composite.

    Where a paper's rule has no bias, `zero_params` takes Zennit's away: excitation backprop, deep Taylor, w².
    """
    rules, composites = zennit.rules, zennit.composites
    bounds = {"low": torch.zeros_like(x[:1]), "high": torch.ones_like(x[:1])}
    plus = rules.ZPlus(zero_params=["bias"])
    convolution, linear, pass_on = nn.Conv2d, nn.Linear, [(nn.ReLU, rules.Pass()), (nn.AdaptiveAvgPool2d, rules.Norm())]
    everywhere = composites.LayerMapComposite
    match method:
        case "lrp-gamma":
            layers = [(convolution, rules.Gamma(0.25)), (linear, rules.Epsilon(1e-6)), *pass_on]
            return "Gamma, Epsilon", everywhere(layers)
        case "lrp-alpha1beta0":
            rule = rules.AlphaBeta(1.0, 0.0)
            return "AlphaBeta(1, 0)", everywhere([((convolution, linear), rule), *pass_on])
        case "lrp-alpha2beta1":
            rule = rules.AlphaBeta(2.0, 1.0)
            return "AlphaBeta(2, 1)", everywhere([((convolution, linear), rule), *pass_on])
        case "lrp-epsilon-plus":
            return "EpsilonPlus", composites.EpsilonPlus()
        case "lrp-epsilon-plus-flat":
            return "EpsilonPlusFlat", composites.EpsilonPlusFlat()
        case "lrp-epsilon-alpha2beta1-flat":
            return "EpsilonAlpha2Beta1Flat", composites.EpsilonAlpha2Beta1Flat()
        case "lrp-epsilon-gamma-box":
            return "EpsilonGammaBox", composites.EpsilonGammaBox(**bounds)
        case "deep-taylor":
            first = [(convolution, rules.ZBox(**bounds))]
            layers = [((convolution, linear), plus), *pass_on]
            return "ZPlus without bias, ZBox", composites.SpecialFirstLayerMapComposite(layers, first)
    assert method == "excitation-backprop"
    return "ExcitationBackprop without bias", composites.ExcitationBackprop(zero_params=["bias"])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", [method.name for method in METHODS[1:]])
def test_lrp(method: str, target: str, zennit, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    name, composite = oracle(zennit, method, frames)
    expected, _ = theirs(zennit, composite, network, frames, target)
    agree(method, f"zennit {name}", explain_batch(forward_pass(network, frames), method, target).relevance, expected)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("rule", ["gamma", "alpha2beta1", "z-box", "w-square"])
def test_rules_on_the_first_layer(
    rule: str, signed: bool, zennit, network: nn.Sequential, frames: Tensor, agree: Agree
) -> None:
    x = frames - 0.5 if signed else frames
    low, high = -0.5 * signed, 1 - 0.5 * signed
    r = zennit.rules
    first, reference = {
        "gamma": (Gamma(0.25), r.Gamma(0.25)),
        "alpha2beta1": (AlphaBeta(2, 1), r.AlphaBeta(2.0, 1.0)),
        "z-box": (ZBox(low, high), r.ZBox(torch.full_like(x[:1], low), torch.full_like(x[:1], high))),
        "w-square": (WSquare(), r.WSquare(zero_params=["bias"])),
    }[rule]
    layers = [
        (nn.Conv2d, r.Gamma(0.25)),
        (nn.Linear, r.Epsilon()),
        (nn.AdaptiveAvgPool2d, r.Norm()),
        (nn.ReLU, r.Pass()),
    ]
    composite = zennit.composites.SpecialFirstLayerMapComposite(layers, [(nn.Conv2d, reference)])
    expected, _ = theirs(zennit, composite, network, x, "chosen")
    mine = Composite(conv=Gamma(0.25), linear=Epsilon(), first=first)
    found = relevance_pass(forward_pass(network, x), seed(network, x, "chosen"), mine)
    agree(f"rule {rule}", f"zennit, {'signed' if signed else 'positive'} input", found.inputs, expected)
    total = found.inputs.sum((1, 2, 3)) + torch.stack([*found.kept.values()]).sum(0)
    torch.testing.assert_close(total, network(x).amax(1))


@pytest.mark.parametrize("signed", [False, True])
def test_z_plus_on_the_first_layer(signed: bool, zennit, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    x = frames - 0.5 if signed else frames
    expected, _ = theirs(zennit, zennit.composites.EpsilonPlus(), network, x, "chosen")
    forward = forward_pass(network, x)
    found = relevance_pass(forward, seed(network, x, "chosen"), Composite(conv=ZPlus(), linear=Epsilon()))
    agree("rule z-plus", f"zennit EpsilonPlus, {'signed' if signed else 'positive'} input", found.inputs, expected)
    total = found.inputs.sum((1, 2, 3)) + torch.stack([*found.kept.values()]).sum(0)
    torch.testing.assert_close(total, network(x).amax(1))
