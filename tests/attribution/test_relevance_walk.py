"""What one walk leaves for the next must never change a result."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import (
    Composite,
    Epsilon,
    Flat,
    Rule,
    Step,
    ZPlus,
    explain_batch,
    forward_pass,
    relevance_pass,
    relevance_walk,
)
from rlxai.attribution.lrp import METHODS
from rlxai.attribution.rules import Part, propagate

NAMES = [method.name for method in METHODS]


@pytest.fixture
def x(tiny_network: nn.Sequential) -> Tensor:
    return torch.rand(3, 3, 12, 12, dtype=torch.float64)


def test_any_two_methods_in_a_row(tiny_network: nn.Sequential, x: Tensor) -> None:
    alone = {name: explain_batch(forward_pass(tiny_network, x), name, "chosen") for name in NAMES}
    for first, second in permutations(NAMES, 2):
        forward = forward_pass(tiny_network, x)
        explain_batch(forward, first, "chosen")
        found = explain_batch(forward, second, "chosen")
        assert torch.equal(found.relevance, alone[second].relevance)
        for layer, kept in alone[second].bias_by_layer.items():
            assert torch.equal(found.bias_by_layer[layer], kept)


def test_upper_layers_run_once(tiny_network: nn.Sequential, x: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def watched(step: Step, rule: Rule, relevance: Tensor) -> tuple[Tensor, Tensor]:
        ran.append(step.name)
        return propagate(step, rule, relevance)

    monkeypatch.setattr(relevance_walk, "propagate", watched)
    forward = forward_pass(tiny_network, x)
    for method, expected in (
        ("lrp-epsilon", ["7", "5", "2", "0"]),
        ("lrp-epsilon-plus", ["2", "0"]),
        ("lrp-epsilon-plus-flat", ["0"]),
        ("lrp-gamma", ["2", "0"]),
        ("deep-taylor", ["7", "5", "2", "0"]),
    ):
        ran.clear()
        explain_batch(forward, method, "chosen")
        assert ran == expected


@pytest.mark.parametrize("name", ["lrp-epsilon", "lrp-epsilon-plus-flat"])
def test_another_target_or_option_starts_anew(name: str, tiny_network: nn.Sequential, x: Tensor) -> None:
    forward = forward_pass(tiny_network, x)
    for target, epsilon in (("value", 1e-6), ("action:1", 1e-6), ("action:1", 0.5), ("value", 1e-6)):
        found = explain_batch(forward, name, target, epsilon=epsilon).relevance
        expected = explain_batch(forward_pass(tiny_network, x), name, target, epsilon=epsilon).relevance
        assert torch.equal(found, expected)


@pytest.mark.parametrize("starts", ["conv", "relu", "flatten"])
def test_results_are_the_callers_own(starts: str, tiny_network: nn.Sequential, x: Tensor) -> None:
    network = {
        "conv": tiny_network,
        "relu": nn.Sequential(nn.ReLU(), *tiny_network),
        "flatten": nn.Sequential(nn.Flatten(), nn.Linear(432, 5), nn.ReLU(), nn.Linear(5, 4)).double(),
    }[starts].requires_grad_(False)
    forward = forward_pass(network, x)
    weights = torch.ones_like(forward.q)
    composite = Composite(conv=ZPlus(), linear=Epsilon())
    expected = relevance_pass(forward_pass(network, x), weights, composite)
    first = relevance_pass(forward, weights, composite)
    first.inputs.fill_(7)
    for kept in first.kept.values():
        kept.fill_(7)
    again = relevance_pass(forward, weights, composite)
    assert torch.equal(again.inputs, expected.inputs)
    assert all(torch.equal(again.kept[layer], kept) for layer, kept in expected.kept.items())
    weights.mul_(2)
    torch.testing.assert_close(relevance_pass(forward, weights, composite).inputs, 2 * expected.inputs)


def test_a_rule_of_ones_own_may_change(tiny_network: nn.Sequential, x: Tensor) -> None:
    class Mine:
        epsilon = 1e-6

        def parts(self, step, w, b) -> tuple[Part, ...]:
            return Epsilon(self.epsilon).parts(step, w, b)

    mine = Mine()
    composite = Composite(conv=ZPlus(), linear=mine, first=Flat())
    forward = forward_pass(tiny_network, x)
    weights = torch.ones_like(forward.q)
    relevance_pass(forward, weights, composite)
    mine.epsilon = 0.5
    expected = relevance_pass(forward_pass(tiny_network, x), weights, composite)
    assert torch.equal(relevance_pass(forward, weights, composite).inputs, expected.inputs)
