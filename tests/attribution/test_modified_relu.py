from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import Target, explain_batch, forward_pass
from rlxai.errors import InvalidValue

FACTORS: dict[str, Callable[[float, float], float]] = {
    "guided-backprop": lambda a, c: c if a > 0 and c > 0 else 0.0,
    "deconvnet": lambda a, c: c if c > 0 else 0.0,
}


def literal(network: nn.Sequential, x: Tensor, weights: Tensor, factor: Callable[[float, float], float]) -> Tensor:
    """The walk down, unit by unit at each ReLU; x (1, C, H, W)."""
    inputs = [x]
    for layer in network:
        inputs.append(layer(inputs[-1]))
    c = weights
    for layer, a in reversed(list(zip(network, inputs, strict=False))):
        if isinstance(layer, nn.ReLU):
            units = zip(a.flatten().tolist(), c.flatten().tolist(), strict=True)
            c = torch.tensor([factor(*unit) for unit in units], dtype=x.dtype).reshape(a.shape)
        else:
            a = a.detach().requires_grad_()
            (c,) = torch.autograd.grad(layer(a), a, c)
    return c


@pytest.mark.parametrize("target", ["chosen", "value", "contrast"])
@pytest.mark.parametrize("method", FACTORS)
def test_against_one_unit_at_a_time(method: str, target: str, tiny_network: nn.Sequential) -> None:
    x = torch.rand(3, 3, 12, 12, dtype=torch.float64)
    found = explain_batch(forward_pass(tiny_network, x), method, target)
    assert found.bias_by_layer is None
    for sample in range(3):
        one = x[sample : sample + 1]
        weights = Target.parse(target).weights(tiny_network(one))
        expected = literal(tiny_network, one, weights, FACTORS[method])
        torch.testing.assert_close(found.relevance[sample : sample + 1], expected)


@pytest.mark.parametrize(("bias", "weight", "guided", "deconvnet"), [
    (1.0, 2.0, 6.0, 6.0), (1.0, -2.0, 0.0, 0.0), (-9.0, 2.0, 0.0, 6.0), (-9.0, -2.0, 0.0, 0.0),
])  # fmt: skip
def test_one_unit_by_hand(bias: float, weight: float, guided: float, deconvnet: float) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1)).requires_grad_(False)
    network[1].weight.fill_(3.0)
    network[1].bias.fill_(bias)  # the unit is active where positive
    network[3].weight.fill_(weight)
    forward = forward_pass(network, torch.zeros(1, 1, 1, 1))
    assert explain_batch(forward, "guided-backprop", "chosen").relevance.item() == guided
    assert explain_batch(forward, "deconvnet", "chosen").relevance.item() == deconvnet


@pytest.mark.parametrize("method", FACTORS)
def test_layers_without_derivative_are_refused_by_name(method: str, tiny_network: nn.Sequential) -> None:
    tiny_network[3] = nn.ELU()
    with pytest.raises(InvalidValue, match=f"{method} is not defined on layer 3, ELU"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), method)
