"""Every rule against its formula, written out over an explicit contribution c_ij for each input and output."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import Epsilon, Flat, Rule, Step, ZPlus
from rlxai.attribution.rules import propagate

EPSILON = 1e-3  # large enough that a misplaced stabiliser shows

LAYERS = [
    (nn.Linear(7, 5), (7,)),
    (nn.Conv2d(2, 3, 3, 1), (2, 5, 4)),
    (nn.Conv2d(2, 3, 4, 2), (2, 7, 6)),
    (nn.Conv2d(2, 3, 3, 2, padding=1), (2, 5, 6)),
    (nn.AdaptiveAvgPool2d(1), (3, 3, 2)),
]


def contribution_epsilon(a: float, w: float) -> float:
    return a * w


def contribution_z_plus(a: float, w: float) -> float:
    return max(a, 0) * max(w, 0) + min(a, 0) * min(w, 0)


def contribution_flat(a: float, w: float) -> float:
    return 1.0


RULES: list[tuple[Rule, Callable[[float, float], float], Callable[[float], float]]] = [
    (Epsilon(EPSILON), contribution_epsilon, lambda b: b),
    (ZPlus(EPSILON), contribution_z_plus, lambda b: max(b, 0.0)),
    (Flat(EPSILON), contribution_flat, lambda b: 0.0),
]


def literal(rule_c: Callable, rule_b: Callable, layer: nn.Module, a: Tensor, relevance: Tensor) -> tuple[Tensor, float]:
    """One sample: R_i = Σ_j c_ij / (z_j + ε sign z_j) R_j, and Σ_j (b'_j + ε sign z_j) / (z_j + ε sign z_j) R_j."""
    n_in = a.numel()
    zero = layer(torch.zeros_like(a)[None])[0]
    bias = zero.flatten().tolist()
    basis = torch.eye(n_in, dtype=a.dtype).view(n_in, *a.shape)
    matrix = (layer(basis) - zero).flatten(1).tolist()  # w_ij
    connected = _connections(layer, basis)
    handed_down, kept = [0.0] * n_in, 0.0
    for j, r in enumerate(relevance.flatten().tolist()):
        inputs = [i for i in range(n_in) if connected[i][j]]
        c = {i: rule_c(a.flatten()[i].item(), matrix[i][j]) for i in inputs}
        z = sum(c.values()) + rule_b(bias[j])
        stabiliser = EPSILON if z >= 0 else -EPSILON
        for i in inputs:
            handed_down[i] += c[i] / (z + stabiliser) * r
        kept += (rule_b(bias[j]) + stabiliser) / (z + stabiliser) * r
    return torch.tensor(handed_down, dtype=a.dtype).view(a.shape), kept


def _connections(layer: nn.Module, basis: Tensor) -> list[list[bool]]:
    """Which inputs an output sees at all: those a layer of ones lets through."""
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return (layer(basis).flatten(1) != 0).tolist()
    ones = type(layer)(*_shape(layer), bias=False).double()
    nn.init.ones_(ones.weight)
    return (ones(basis).flatten(1) != 0).tolist()


def _shape(layer: nn.Module) -> tuple:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda value: str(value))
@pytest.mark.parametrize(("rule", "rule_c", "rule_b"), RULES, ids=["epsilon", "z-plus", "flat"])
@pytest.mark.parametrize("inputs", ["signed", "nonnegative", "mostly zero"])
def test_rule(rule: Rule, rule_c, rule_b, layer: nn.Module, shape: tuple, inputs: str, seeded: None) -> None:
    layer = layer.double().requires_grad_(False)
    a = torch.randn(3, *shape, dtype=torch.float64)
    if inputs != "signed":
        a = a.relu()
    if inputs == "mostly zero":
        a[torch.rand_like(a) < 0.8] = 0
        a[2] = 0
    out = layer(a)
    relevance = torch.randn_like(out)
    step = Step("0", layer, a, out, nonnegative=inputs != "signed")
    handed_down, kept = propagate(step, rule, relevance)
    for sample in range(3):
        expected, expected_kept = literal(rule_c, rule_b, layer, a[sample], relevance[sample])
        torch.testing.assert_close(handed_down[sample], expected, rtol=1e-9, atol=1e-11)
        assert kept[sample].item() == pytest.approx(expected_kept, rel=1e-9, abs=1e-11)
    total = handed_down.flatten(1).sum(1) + kept
    torch.testing.assert_close(total, relevance.flatten(1).sum(1), rtol=1e-9, atol=1e-11)


def test_relevance_that_finds_no_input_is_kept(seeded: None) -> None:
    layer = nn.Conv2d(2, 3, 3).double().requires_grad_(False)
    layer.bias.fill_(-0.1)  # z+ clamps it: nothing can take the relevance
    a = torch.zeros(2, 2, 5, 5, dtype=torch.float64)
    relevance = torch.rand(2, 3, 3, 3, dtype=torch.float64)
    handed_down, kept = propagate(Step("0", layer, a, layer(a), True), ZPlus(), relevance)
    assert not handed_down.any()
    torch.testing.assert_close(kept, relevance.sum((1, 2, 3)))


def test_the_sign_of_zero_is_plus() -> None:
    layer = nn.Linear(2, 1, bias=False).double().requires_grad_(False)
    layer.weight.copy_(torch.tensor([[1.0, -1.0]]))
    a = torch.ones(1, 2, dtype=torch.float64)  # contributions cancel: z = 0
    handed_down, kept = propagate(Step("0", layer, a, layer(a), True), Epsilon(0.5), torch.ones_like(a[:, :1]))
    assert handed_down.tolist() == [[2.0, -2.0]]
    assert kept.tolist() == [1.0]
