from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from rlxai.attribution.layers import apply, forward_pass, is_linear, parameters, transpose
from rlxai.errors import InvalidValue
from rlxai.networks.heads import QuantileMean

CONVOLUTIONS = [
    (nn.Conv2d(3, 4, 4, 2), 12, 12),  # stride divides the kernel: the block form
    (nn.Conv2d(3, 4, 4, 2), 13, 15),  # the same, with pixels at the far border that no window reaches
    (nn.Conv2d(3, 4, 3, 1), 7, 9),
    (nn.Conv2d(3, 4, 3, 2), 8, 9),
    (nn.Conv2d(3, 4, 4, 2, padding=1), 9, 8),
    (nn.Conv2d(3, 4, (4, 2), (2, 2)), 9, 9),
    (nn.Conv2d(3, 4, (4, 4), (2, 4)), 11, 13),
    (nn.Conv2d(1, 1, 4, 4), 8, 8),
    (nn.Conv2d(4, 5, 8, 4), 21, 24),
    (nn.Conv2d(2, 3, 6, 3), 12, 12),
    (nn.Conv2d(17, 3, 4, 2), 9, 8),  # many channels: no block form
]


@pytest.mark.parametrize(("layer", "height", "width"), CONVOLUTIONS, ids=lambda value: str(value))
def test_convolution_and_its_transpose(layer: nn.Conv2d, height: int, width: int, seeded: None) -> None:
    layer = copy.deepcopy(layer).double()
    a = torch.randn(2, layer.in_channels, height, width, dtype=torch.float64, requires_grad=True)
    out = layer(a) - layer.bias[:, None, None]
    s = torch.randn_like(out)
    (expected,) = torch.autograd.grad(out, a, s)
    torch.testing.assert_close(apply(layer, a, layer.weight), out)
    torch.testing.assert_close(transpose(layer, s, layer.weight, a.shape), expected)
    single = transpose(layer, s.float(), layer.weight.float(), a.shape)
    torch.testing.assert_close(single, expected.float(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("layer", "height", "width"), CONVOLUTIONS[:2], ids=lambda value: str(value))
def test_a_weight_of_length_one_stands_for_all_channels(layer: nn.Conv2d, height: int, width: int) -> None:
    layer = layer.double()
    w = torch.rand(1, 1, *layer.kernel_size, dtype=torch.float64)
    full = w.expand(layer.weight.shape).contiguous()
    a = torch.rand(2, layer.in_channels, height, width, dtype=torch.float64)
    s = torch.rand_like(layer(a))
    torch.testing.assert_close(apply(layer, a, w).expand(s.shape), apply(layer, a, full))
    torch.testing.assert_close(transpose(layer, s, w, a.shape).expand(a.shape), transpose(layer, s, full, a.shape))


def test_global_average_pooling_is_a_linear_layer(seeded: None) -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)).double()
    step = forward_pass(network, torch.randn(2, 3, 4, 5, dtype=torch.float64)).steps[0]
    w, b = parameters(step)
    torch.testing.assert_close(apply(step.layer, step.input, w) + b, step.output)
    s = torch.randn_like(step.output)
    torch.testing.assert_close(transpose(step.layer, s, w, step.input.shape), s.expand(step.input.shape) / 20)


@pytest.mark.parametrize("name", ["nature", "nips", "gap"])
def test_the_forward_pass_is_the_network(name: str, make_network) -> None:
    network = make_network(name)
    x = torch.rand(2, 4, 84, 84)
    forward = forward_pass(network, x)
    torch.testing.assert_close(forward.q, network(x.double()))
    assert forward.q.dtype == torch.float64
    assert [step.name for step in forward.steps] == [str(i) for i in range(len(network))]
    for step in forward.steps:
        assert not step.nonnegative or bool((step.input >= 0).all())
    assert [step.nonnegative for step in forward.steps if isinstance(step.layer, nn.ReLU)] == [False] * (
        sum(isinstance(layer, nn.ReLU) for layer in network)
    )
    assert all(step.nonnegative for step in forward.steps if is_linear(step.layer))


def test_a_signed_input_is_not_taken_for_nonnegative(tiny_network: nn.Sequential) -> None:
    assert not forward_pass(tiny_network, -torch.rand(1, 3, 12, 12)).steps[0].nonnegative


@pytest.mark.parametrize("signed", [True, False])
def test_what_raises_the_output(signed: bool, tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64) - 0.5 * signed
    for step in forward_pass(tiny_network, x).steps:
        if is_linear(step.layer):
            w, _ = parameters(step)
            positive = apply(step.layer, step.input.clamp(min=0), w.clamp(min=0))
            negative = apply(step.layer, step.input.clamp(max=0), w.clamp(max=0))
            torch.testing.assert_close(step.raised, positive + negative)


def test_an_in_place_relu_leaves_the_activations_alone(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    expected = forward_pass(tiny_network, x)
    tiny_network[1].inplace = True
    for step, right in zip(forward_pass(tiny_network, x).steps, expected.steps, strict=True):
        assert torch.equal(step.input, right.input)


def test_the_mean_over_quantiles_is_folded(seeded: None) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 3 * 5), QuantileMean(5)).double()
    x = torch.rand(2, 3, 2, 2, dtype=torch.float64)
    forward = forward_pass(network, x)
    assert [type(step.layer) for step in forward.steps] == [nn.Flatten, nn.Linear]
    torch.testing.assert_close(forward.q, network(x))


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, dilation=2), nn.Conv2d(4, 4, 3, padding="same"),
              nn.Conv2d(4, 4, 3, padding_mode="reflect"), nn.AdaptiveAvgPool2d(2), nn.ELU(), nn.ReLU()],
)  # fmt: skip
def test_layers_without_rules_are_known(layer: nn.Module) -> None:
    assert not is_linear(layer)


def test_a_recurrent_layer_is_refused_by_name():
    network = nn.Sequential(nn.Flatten(), nn.GRU(4, 3))
    with pytest.raises(InvalidValue, match=r"^layer 1, GRU\(4, 3\), does not give one tensor"):
        forward_pass(network, torch.zeros(2, 1, 2, 2))
