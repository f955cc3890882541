from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import Composite, Epsilon, Flat, Target, ZPlus, explain_batch, forward_pass, relevance_pass
from rlxai.errors import InvalidValue

LRP = ["lrp-epsilon", "lrp-epsilon-plus-flat"]
TARGETS = ["chosen", "value", "advantage", "contrast", "action:2", "contrast:3:0"]


def dense(layer: nn.Module, shape: torch.Size, ones: bool = False) -> tuple[Tensor, Tensor]:
    """A layer as an explicit matrix (inputs, outputs) and bias (outputs,)."""
    basis = torch.eye(shape.numel(), dtype=torch.float64).view(-1, *shape)
    bias = layer(torch.zeros(1, *shape, dtype=torch.float64)).flatten()
    matrix = layer(basis).flatten(1) - bias
    return ((matrix != 0).double() if ones else matrix), bias


def literal(network: nn.Sequential, x: Tensor, weights: Tensor, rules: dict[str, str]) -> tuple[Tensor, float]:
    """LRP of one sample over explicit matrices; rules by layer name: "epsilon", "plus" or "flat"."""
    activations = [x[None]]
    for layer in network:
        activations.append(layer(activations[-1]))
    relevance, kept = weights * activations[-1].flatten(), 0.0
    for name, layer in reversed(list(network.named_children())):
        if name not in rules:
            continue
        a = activations[int(name)]
        matrix, bias = dense(layer, a.shape[1:], ones=rules[name] == "flat")
        a = a.flatten()
        match rules[name]:
            case "epsilon":
                c = a[:, None] * matrix
            case "plus":
                c = (a[:, None] * matrix).clamp(min=0)  # a+ w+ + a- w-: the positive products
                bias = bias.clamp(min=0)
            case "flat":
                c, bias = matrix, torch.zeros_like(bias)
        z = c.sum(0) + bias
        z = z + 1e-6 * torch.where(z < 0, -1.0, 1.0).double()
        kept += float((relevance - c.sum(0) / z * relevance).sum())
        relevance = (c / z) @ relevance
    return relevance.view(x.shape), kept


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("method", "rules"),
    [
        ("lrp-epsilon", {"0": "epsilon", "2": "epsilon", "5": "epsilon", "7": "epsilon"}),
        ("lrp-epsilon-plus-flat", {"0": "flat", "2": "plus", "5": "epsilon", "7": "epsilon"}),
    ],
)
def test_against_explicit_matrices(method: str, rules: dict, target: str, tiny_network: nn.Sequential) -> None:
    x = torch.rand(3, 3, 12, 12, dtype=torch.float64)
    x[:, :, 5:] = 0
    forward = forward_pass(tiny_network, x)
    found = explain_batch(forward, method, target)
    weights = Target.parse(target).weights(forward.q)
    for sample in range(3):
        relevance, kept = literal(tiny_network, x[sample], weights[sample], rules)
        torch.testing.assert_close(found.relevance[sample], relevance, rtol=1e-9, atol=1e-12)
        assert found.bias[sample].item() == pytest.approx(kept, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("kind", ["random", "black", "half black", "negative outputs"])
@pytest.mark.parametrize("name", ["nature", "nips", "gap"])
@pytest.mark.parametrize("method", [*LRP, "gradient-x-input"])
def test_inputs_and_kept_sum_to_the_target(method: str, name: str, kind: str, dtype: torch.dtype, make_network) -> None:
    network = make_network(name).to(dtype)
    x = torch.rand(4, 4, 84, 84, dtype=dtype)
    if kind == "black":
        x.zero_()
    if kind == "half black":
        x[:, :, 40:] = 0
    if kind == "negative outputs":
        network[-1].bias -= 2
    forward = forward_pass(network, x)
    assert (kind == "negative outputs") <= bool((forward.q < 0).all())
    for target in TARGETS:
        found = explain_batch(forward, method, target)
        total = found.relevance.double().sum((1, 2, 3)) + found.bias.double()
        error = (total - found.target.double()).abs()
        # Relative to the target, or to what was handed out where that is larger: an advantage is a small difference
        # of large outputs.
        handed_out = (Target.parse(target).weights(forward.q) * forward.q).abs().amax(1).double()
        scale = torch.maximum(found.target.double().abs(), handed_out)
        assert (error <= (1e-4 if dtype == torch.float32 else 1e-12) * scale).all()


@pytest.mark.parametrize("method", [*LRP, "gradient", "gradient-x-input"])
def test_linear_in_the_target(method: str, make_network) -> None:
    forward = forward_pass(make_network("nips"), torch.rand(3, 4, 84, 84))
    chosen, value, advantage = (explain_batch(forward, method, t).relevance for t in ("chosen", "value", "advantage"))
    torch.testing.assert_close(advantage, chosen - value, rtol=1e-9, atol=1e-14)
    actions = [explain_batch(forward, method, f"action:{i}").relevance for i in range(4)]
    torch.testing.assert_close(value, sum(actions) / 4, rtol=1e-9, atol=1e-14)
    contrast = explain_batch(forward, method, "contrast:3:1").relevance
    torch.testing.assert_close(contrast, actions[3] - actions[1], rtol=1e-9, atol=1e-14)


def test_epsilon_tends_to_gradient_x_input(make_network) -> None:
    forward = forward_pass(make_network("nature"), torch.rand(2, 4, 84, 84))
    expected = explain_batch(forward, "gradient-x-input", "chosen")
    found = explain_batch(forward, "lrp-epsilon", "chosen", epsilon=1e-13)
    torch.testing.assert_close(found.relevance, expected.relevance, rtol=0, atol=1e-8 * expected.relevance.abs().max())
    for name, kept in expected.bias_by_layer.items():
        torch.testing.assert_close(found.bias_by_layer[name], kept, rtol=1e-6, atol=1e-10)


def test_flat_spreads_relevance_over_black_frames(make_network) -> None:
    found = explain_batch(forward_pass(make_network("nature"), torch.zeros(1, 4, 84, 84)), target="chosen")
    assert (found.relevance != 0).any()
    assert found.bias_by_layer["0"].abs().item() < 1e-6  # flat has no bias


def test_the_ledger_names_every_layer_from_input_to_output(make_network) -> None:
    forward = forward_pass(make_network("gap"), torch.rand(2, 4, 84, 84))
    found = explain_batch(forward, "lrp-epsilon")
    assert list(found.bias_by_layer) == ["0", "2", "4", "6", "8"]
    torch.testing.assert_close(found.bias, sum(found.bias_by_layer.values()))
    assert found.bias_by_layer["6"].abs().max() < 1e-3 * found.bias.abs().max()  # pooling has no bias, ε alone


def test_composites_are_open(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12))
    weights = Target.parse("chosen").weights(forward.q)
    found = relevance_pass(forward, weights, Composite(conv=ZPlus(), linear=Flat(), first=Epsilon()))
    total = found.inputs.sum((1, 2, 3)) + sum(found.kept.values())
    torch.testing.assert_close(total, (weights * forward.q).sum(1))


def test_unknown_layers_are_refused_by_name(tiny_network: nn.Sequential) -> None:
    tiny_network[3] = nn.ELU()
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    for method in [*LRP, "gradient", "gradient-x-input"]:
        with pytest.raises(InvalidValue, match=rf"{method} is not defined on layer 3, ELU"):
            explain_batch(forward, method)


@pytest.mark.parametrize("method", LRP)
@pytest.mark.parametrize("epsilon", [0.0, -1.0])
def test_epsilon_must_be_positive(method: str, epsilon: float, tiny_network: nn.Sequential) -> None:
    with pytest.raises(InvalidValue, match=f"{method} option epsilon must be above 0, met {epsilon}"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), method, epsilon=epsilon)
