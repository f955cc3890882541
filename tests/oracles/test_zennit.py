"""Zennit: its composites are the reference for LRP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import Composite, Epsilon, Target, ZPlus, explain_batch, forward_pass, relevance_pass

pytestmark = pytest.mark.oracle
Agree = Callable[[str, str, Tensor, Tensor], None]
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


@pytest.mark.parametrize("target", TARGETS)
def test_lrp_epsilon_plus_flat(target: str, zennit, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    expected, _ = theirs(zennit, zennit.composites.EpsilonPlusFlat(), network, frames, target)
    found = explain_batch(forward_pass(network, frames), "lrp-epsilon-plus-flat", target)
    agree("lrp-epsilon-plus-flat", "zennit EpsilonPlusFlat", found.relevance, expected)


@pytest.mark.parametrize("signed", [False, True])
def test_z_plus_on_the_first_layer(signed: bool, zennit, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    x = frames - 0.5 if signed else frames
    expected, _ = theirs(zennit, zennit.composites.EpsilonPlus(), network, x, "chosen")
    forward = forward_pass(network, x)
    found = relevance_pass(forward, seed(network, x, "chosen"), Composite(conv=ZPlus(), linear=Epsilon()))
    agree("rule z-plus", f"zennit EpsilonPlus, {'signed' if signed else 'positive'} input", found.inputs, expected)
    total = found.inputs.sum((1, 2, 3)) + torch.stack([*found.kept.values()]).sum(0)
    torch.testing.assert_close(total, network(x).amax(1))
