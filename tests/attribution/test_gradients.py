from __future__ import annotations

import pytest
import torch
from torch import nn

from rlxai.attribution import Target, explain_batch, forward_pass

TARGETS = ["chosen", "value", "advantage", "contrast"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["nature", "nips", "gap"])
def test_gradient_is_autograd(name: str, target: str, make_network) -> None:
    network = make_network(name)
    x = torch.rand(2, 4, 84, 84, dtype=torch.float64, requires_grad=True)
    q = network(x)
    scalar = (Target.parse(target).weights(q.detach()) * q).sum()
    (expected,) = torch.autograd.grad(scalar, x)
    forward = forward_pass(network, x.detach())
    torch.testing.assert_close(explain_batch(forward, "gradient", target).relevance, expected)
    torch.testing.assert_close(explain_batch(forward, "gradient-x-input", target).relevance, expected * x.detach())


def test_gradient_is_the_slope(tiny_network: nn.Sequential) -> None:
    x = torch.rand(1, 3, 12, 12, dtype=torch.float64)
    found = explain_batch(forward_pass(tiny_network, x), "gradient", "action:1").relevance[0]
    for pixel in [(0, 0, 0), (1, 5, 7), (2, 11, 10)]:
        step = torch.zeros_like(x)
        step[(0, *pixel)] = 1e-7
        slope = (tiny_network(x + step) - tiny_network(x - step))[0, 1] / 2e-7
        assert found[pixel].item() == pytest.approx(slope.item(), rel=1e-5, abs=1e-9)


def test_each_bias_contributes_its_derivative(tiny_network: nn.Sequential) -> None:
    x = torch.rand(1, 3, 12, 12, dtype=torch.float64)
    found = explain_batch(forward_pass(tiny_network, x), "gradient-x-input", "value").bias_by_layer
    for name, layer in tiny_network.named_children():
        if name in found:
            layer.bias.requires_grad_()
            (derivative,) = torch.autograd.grad(tiny_network(x).mean(), layer.bias)
            assert found[name].item() == pytest.approx((derivative * layer.bias).sum().item(), rel=1e-9)
    assert list(found) == ["0", "2", "5", "7"]


def test_a_relu_at_zero_passes_nothing() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False), nn.ReLU(), nn.Linear(1, 1))
    forward = forward_pass(network.requires_grad_(False), torch.zeros(1, 1, 1, 1))
    assert explain_batch(forward, "gradient", "chosen").relevance.item() == 0
