from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from rlxai.attribution import forward_pass
from rlxai.attribution.many_passes import many_passes
from tests.attribution.test_incremental import NETWORKS


@pytest.mark.parametrize("network", NETWORKS)
def test_same_outputs_and_the_network_untouched(network: str, seeded: None) -> None:
    net = NETWORKS[network]().double().requires_grad_(False)
    x = torch.randn(3, 2, 13, 13, dtype=torch.float64)
    forward = forward_pass(net, x)
    before = [parameter.clone() for parameter in net.parameters()]
    torch.testing.assert_close(many_passes(forward)(x.clone()), net(x), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(forward.q, net(x), rtol=1e-10, atol=1e-12)
    for parameter, old in zip(net.parameters(), before, strict=True):
        assert torch.equal(parameter, old)
        assert parameter.is_contiguous()


@pytest.mark.parametrize("name", ["nature", "nips", "gap"])
def test_single_precision_is_close(name: str, make_network: Callable[[str], nn.Sequential]) -> None:
    network = make_network(name).float()
    x = torch.rand(5, 4, 84, 84)
    found, expected = many_passes(forward_pass(network, x[:1]))(x), network(x)
    assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()


def test_a_relu_in_front_leaves_the_input_as_it_was(seeded: None) -> None:
    network = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)).requires_grad_(False)
    x = torch.randn(2, 2, 2, 2)
    before = x.clone()
    many_passes(forward_pass(network, x))(x)
    assert torch.equal(x, before)
