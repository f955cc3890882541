from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import Target, explain_batch, forward_pass, lrp_composite
from rlxai.attribution.lrp import METHODS
from rlxai.errors import InvalidValue

LRP = [method.name for method in METHODS]
TARGETS = ["chosen", "value", "advantage", "contrast", "action:2", "contrast:3:0"]


def dense(layer: nn.Module, shape: torch.Size) -> tuple[Tensor, Tensor]:
    """A layer as an explicit matrix (inputs, outputs) and bias (outputs,)."""
    basis = torch.eye(shape.numel(), dtype=torch.float64).view(-1, *shape)
    bias = layer(torch.zeros(1, *shape, dtype=torch.float64)).flatten()
    return layer(basis).flatten(1) - bias, bias


def shares(rule: str, a: Tensor, w: Tensor, b: Tensor) -> list[tuple[float, Tensor, Tensor]]:
    """Parts of R by rule: how much of it, contributions (inputs, outputs) and bias (outputs,). Inputs a >= 0."""
    aw = a[:, None] * w
    match rule:
        case "epsilon":
            return [(1, aw, b)]
        case "gamma":
            own = torch.where(aw.sum(0) + b >= 0, 1.0, -1.0)  # what has the output's own sign is raised
            return [(1, aw + 0.25 * (aw * (aw * own > 0)), b + 0.25 * b * (b * own > 0))]
        case "plus":
            return [(1, aw.clamp(min=0), b.clamp(min=0))]
        case "plus without bias":
            return [(1, aw.clamp(min=0), 0 * b)]
        case "alpha2beta1":
            return [(2, aw.clamp(min=0), b.clamp(min=0)), (-1, aw.clamp(max=0), b.clamp(max=0))]
        case "box":
            return [(1, aw - w.clamp(max=0), 0 * b)]
    assert rule == "flat"
    return [(1, (w != 0).double(), 0 * b)]


def literal(network: nn.Sequential, x: Tensor, weights: Tensor, rules: list[str]) -> tuple[Tensor, float]:
    """LRP of one sample over explicit matrices; one rule for each layer with weights, from the input on."""
    activations = [x[None]]
    for layer in network:
        activations.append(layer(activations[-1]))
    relevance, kept, rules = weights * activations[-1].flatten(), 0.0, [*rules]
    for place, layer in reversed(list(enumerate(network))):
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        a = activations[place]
        handed_down = torch.zeros(a.numel(), dtype=torch.float64)
        for share, c, bias in shares(rules.pop(), a.flatten(), *dense(layer, a.shape[1:])):
            z = c.sum(0) + bias
            z = z + 1e-6 * torch.where(z < 0, -1.0, 1.0).double()
            handed_down += (c / z) @ (share * relevance)
            kept += float((share * relevance - c.sum(0) / z * share * relevance).sum())
        relevance = handed_down
    return relevance.view(x.shape), kept


RULES = {
    "lrp-epsilon": ["epsilon"] * 4,
    "lrp-gamma": ["gamma", "gamma", "epsilon", "epsilon"],
    "lrp-alpha1beta0": ["plus"] * 4,
    "lrp-alpha2beta1": ["alpha2beta1"] * 4,
    "lrp-epsilon-plus": ["plus", "plus", "epsilon", "epsilon"],
    "lrp-epsilon-plus-flat": ["flat", "plus", "epsilon", "epsilon"],
    "lrp-epsilon-alpha2beta1-flat": ["flat", "alpha2beta1", "epsilon", "epsilon"],
    "lrp-epsilon-gamma-box": ["box", "gamma", "epsilon", "epsilon"],
    "deep-taylor": ["box", "plus without bias", "plus without bias", "plus without bias"],
    "excitation-backprop": ["plus without bias"] * 4,
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", LRP)
def test_against_explicit_matrices(method: str, target: str, tiny_network: nn.Sequential) -> None:
    x = torch.rand(3, 3, 12, 12, dtype=torch.float64)
    x[:, :, 5:] = 0
    forward = forward_pass(tiny_network, x)
    found = explain_batch(forward, method, target)
    weights = Target.parse(target).weights(forward.q)
    for sample in range(3):
        relevance, kept = literal(tiny_network, x[sample], weights[sample], RULES[method])
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


def test_unknown_layers_are_refused_by_name(tiny_network: nn.Sequential) -> None:
    tiny_network[3] = nn.ELU()
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    for method in [*LRP, "gradient", "gradient-x-input"]:
        with pytest.raises(InvalidValue, match=rf"{method} is not defined on layer 3, ELU"):
            explain_batch(forward, method)


@pytest.mark.parametrize(
    ("method", "option"), [(method.name, option) for method in METHODS for option in method.options]
)
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_options_must_be_positive(method: str, option: str, value: float, tiny_network: nn.Sequential) -> None:
    with pytest.raises(InvalidValue, match=f"{method} option {option} must be above 0, met {value}"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), method, **{option: value})


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_options_reach_the_rules(method, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(3, 3, 12, 12))
    expected = explain_batch(forward, method, "value").relevance
    for option in method.options:
        assert not torch.allclose(explain_batch(forward, method, "value", **{option: 0.7}).relevance, expected)


@pytest.mark.parametrize("method", ["deep-taylor", "lrp-alpha1beta0", "excitation-backprop"])
def test_what_only_raises_is_positive_for_a_positive_output(method: str, make_network) -> None:
    network = make_network("nature")
    network[-1].bias += 1
    forward = forward_pass(network, torch.rand(2, 4, 84, 84))
    assert (forward.q > 0).all()
    assert (explain_batch(forward, method, "chosen").relevance >= 0).all()
    assert (explain_batch(forward, method, "contrast").relevance < 0).any()


def test_the_composite_of_a_method_can_be_had() -> None:
    assert lrp_composite("lrp-gamma", gamma=0.5).conv.gamma == 0.5
    for method, options, message in (
        ("lrp-gama", {}, "unknown LRP method 'lrp-gama', did you mean 'lrp-gamma'"),
        ("lrp-gamma", {"gamma": -1.0}, "lrp-gamma option gamma must be above 0, met -1.0"),
        ("lrp-gamma", {"beta": 1.0}, "lrp-gamma has no option 'beta'"),
    ):
        with pytest.raises(InvalidValue, match=message):
            lrp_composite(method, **options)
