from __future__ import annotations

import doctest
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.attribution import (
    Composite,
    Epsilon,
    Flat,
    Gamma,
    Target,
    WSquare,
    ZBox,
    ZPlus,
    attribute,
    composite_method,
    composites,
    explain_batch,
    forward_pass,
    layer_relevance,
    lrp_composite,
    relevance_pass,
)
from rlxai.attribution.rules import propagate
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent

PLAIN = Composite(conv=ZPlus(), linear=Epsilon())


def test_any_rule_anywhere(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12))
    weights = Target.parse("chosen").weights(forward.q)
    found = relevance_pass(forward, weights, Composite(conv=WSquare(), linear=Flat(), first=Epsilon()))
    total = found.inputs.sum((1, 2, 3)) + sum(found.kept.values())
    torch.testing.assert_close(total, (weights * forward.q).sum(1))


def test_rules_for_single_layers(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12))
    composite = Composite(ZPlus(), Epsilon(), first=Flat(), layers={0: ZBox(), "2": Gamma(0.5), 7: Epsilon(0.1)})
    assert composite.rules(forward) == {"0": ZBox(), "2": Gamma(0.5), "5": Epsilon(), "7": Epsilon(0.1)}
    weights = Target.parse("chosen").weights(forward.q)
    relevance = weights * forward.q
    for place, rule in ((7, Epsilon(0.1)), (5, Epsilon()), (2, Gamma(0.5)), (0, ZBox())):
        relevance, _ = propagate(forward.steps[place], rule, relevance.view_as(forward.steps[place].output))
    torch.testing.assert_close(relevance_pass(forward, weights, composite).inputs, relevance)


def test_layers_have_places_and_names() -> None:
    network = nn.Sequential(
        OrderedDict(one=nn.Conv2d(4, 2, 4, 4), gate=nn.ReLU(), flat=nn.Flatten(), two=nn.Linear(8, 3))
    )
    forward = forward_pass(network, torch.rand(2, 4, 8, 8))
    by_place = Composite(ZPlus(), Epsilon(), layers={0: Flat(), 3: ZPlus()}).rules(forward)
    by_name = Composite(ZPlus(), Epsilon(), layers={"one": Flat(), "two": ZPlus()}).rules(forward)
    assert by_place == by_name == {"one": Flat(), "two": ZPlus()}


@pytest.mark.parametrize("key", [1, 4, 9, -1, "1", "fc"])
def test_rules_for_no_layer_are_refused(key: int | str, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    message = rf"rule for layer {key!r}; layers that take one are 0 \(0\), 2 \(2\), 5 \(5\), 7 \(7\)"
    with pytest.raises(InvalidValue, match=message):
        Composite(ZPlus(), Epsilon(), layers={key: Flat()}).rules(forward)


def test_a_composite_makes_a_method(small_agent: Agent, observations: np.ndarray) -> None:
    method = composite_method("mine", Composite(ZPlus(), Epsilon(), first=Flat()))
    found = attribute(small_agent, observations, method, "value", batch_size=3)
    expected = attribute(small_agent, observations, "lrp-epsilon-plus-flat", "value", batch_size=3)
    np.testing.assert_array_equal(found.relevance, expected.relevance)
    np.testing.assert_array_equal(found.bias, expected.bias)
    small_agent.network[1] = nn.ELU()
    with pytest.raises(InvalidValue, match="mine is not defined on layer 1, ELU"):
        attribute(small_agent, observations, method)


@pytest.mark.parametrize("method", ["lrp-epsilon-plus-flat", "lrp-alpha2beta1"])
@pytest.mark.parametrize("name", ["nature", "gap"])
def test_relevance_of_every_layer(method: str, name: str, make_network) -> None:
    forward = forward_pass(make_network(name), torch.rand(2, 4, 84, 84))
    weights = Target.parse("advantage").weights(forward.q)
    walk = layer_relevance(forward, weights, lrp_composite(method))
    found = explain_batch(forward, method, "advantage")
    assert list(walk) == [step.name for step in forward.steps]
    torch.testing.assert_close(walk["0"], found.relevance, rtol=0, atol=0)
    # What arrives at a layer, and what the layers from there to the output kept, make up the target.
    kept = torch.zeros(2, dtype=torch.float64)
    for step in reversed(forward.steps):
        assert walk[step.name].shape == step.input.shape
        kept += found.bias_by_layer.get(step.name, 0)
        torch.testing.assert_close(walk[step.name].flatten(1).sum(1) + kept, found.target, rtol=1e-9, atol=1e-12)


def test_pooling_counts_by_contribution_whatever_the_rules(make_network) -> None:
    forward = forward_pass(make_network("gap"), torch.rand(2, 4, 84, 84))
    walk = layer_relevance(forward, Target.parse("chosen").weights(forward.q), lrp_composite("lrp-alpha2beta1"))
    pool = next(step for step in forward.steps if isinstance(step.layer, nn.AdaptiveAvgPool2d))
    above = walk[forward.steps[forward.steps.index(pool) + 1].name].flatten(1)
    torch.testing.assert_close(walk[pool.name].sum((2, 3)), above, rtol=1e-3, atol=1e-6)


def test_the_example_in_the_documentation_runs() -> None:
    result = doctest.testmod(composites)
    assert result.attempted > 3
    assert result.failed == 0
