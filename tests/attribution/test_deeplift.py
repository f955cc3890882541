from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import Target, explain_batch, forward_pass
from rlxai.errors import InvalidValue


def literal(network: nn.Sequential, x: Tensor, weights: Tensor, baseline: float) -> Tensor:
    """Contributions (x - x°) m, unit by unit at each ReLU; x (1, C, H, W)."""
    inputs, references = [x], [torch.full_like(x, baseline)]
    for layer in network:
        inputs.append(layer(inputs[-1]))
        references.append(layer(references[-1]))
    m = weights
    for layer, a, a0 in reversed(list(zip(network, inputs, references, strict=False))):
        if isinstance(layer, nn.ReLU):
            slopes = []
            for unit, reference in zip(a.flatten().tolist(), a0.flatten().tolist(), strict=True):
                rise, run = max(unit, 0.0) - max(reference, 0.0), unit - reference
                slopes.append(rise / run if run else float(unit > 0))
            m = m * torch.tensor(slopes, dtype=x.dtype).reshape(a.shape)
        else:
            a = a.detach().requires_grad_()
            (m,) = torch.autograd.grad(layer(a), a, m)
    return (x - baseline) * m


@pytest.mark.parametrize("target", ["chosen", "advantage", "contrast:0:3"])
@pytest.mark.parametrize("baseline", [0.0, 0.4])
def test_against_one_unit_at_a_time(baseline: float, target: str, tiny_network: nn.Sequential) -> None:
    x = torch.rand(3, 3, 12, 12, dtype=torch.float64)
    x[2, :, :8] = baseline  # units whose input is the reference's
    found = explain_batch(forward_pass(tiny_network, x), "deeplift", target, baseline=baseline)
    for sample in range(3):
        one = x[sample : sample + 1]
        weights = Target.parse(target).weights(tiny_network(one))
        expected = literal(tiny_network, one, weights, baseline)
        torch.testing.assert_close(found.relevance[sample : sample + 1], expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", ["nature", "nips", "gap"])
def test_contributions_and_the_baseline_add_up_to_the_target(name: str, dtype: torch.dtype, make_network) -> None:
    network = make_network(name).to(dtype)
    x = torch.rand(3, 4, 84, 84)
    x[:, :, 30:60] = 0
    found = explain_batch(forward_pass(network, x), "deeplift", "action:2")
    assert list(found.bias_by_layer) == ["baseline"]
    torch.testing.assert_close(found.bias, network(torch.zeros_like(x).to(dtype))[:, 2])
    torch.testing.assert_close(found.relevance.sum((1, 2, 3)) + found.bias, found.target)


def test_the_reference_itself_gets_nothing(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.full((2, 3, 12, 12), 0.5))
    assert not explain_batch(forward, "deeplift", baseline=0.5).relevance.any()


def test_a_saturated_unit_by_hand() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1)).requires_grad_(False)
    network[1].weight.fill_(-2.0)
    network[1].bias.fill_(1.0)  # a: 1 at the black reference, -1 at x = 1, where the gradient is zero
    network[3].weight.fill_(3.0)
    network[3].bias.fill_(0.5)
    forward = forward_pass(network, torch.ones(1, 1, 1, 1))
    found = explain_batch(forward, "deeplift", "chosen")
    assert explain_batch(forward, "gradient", "chosen").relevance.item() == 0
    assert found.relevance.item() == -3  # slope (0 - 1) / (-1 - 1), times -2 and 3
    assert found.bias_by_layer["baseline"].item() == 3.5


@pytest.mark.parametrize("baseline", [-0.1, 1.1])
def test_options_are_checked(baseline: float, tiny_network: nn.Sequential) -> None:
    with pytest.raises(InvalidValue, match=f"deeplift option baseline must be 0 to 1, met {baseline}"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), "deeplift", baseline=baseline)


def test_layers_without_derivative_are_refused_by_name(tiny_network: nn.Sequential) -> None:
    tiny_network[3] = nn.ELU()
    with pytest.raises(InvalidValue, match="deeplift is not defined on layer 3, ELU"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), "deeplift")
