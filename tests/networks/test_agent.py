"""Architectures, their descriptions, and the frozen copy that an agent holds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.errors import InvalidValue
from rlxai.networks import ARCHITECTURES, Agent, QuantileMean, build, describe, nature
from rlxai.networks.shapes import layer_shapes

ACTIONS = ("a", "b", "c", "d")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_description_builds_the_same_network(name, observations):
    network = ARCHITECTURES[name](4, 4)
    copy = build(describe(network))
    copy.load_state_dict(network.state_dict())
    x = torch.as_tensor(observations) / 255
    assert torch.equal(copy(x), network(x))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_shapes_by_arithmetic_are_those_of_the_layers(name):
    network, x = ARCHITECTURES[name](3, 5), torch.zeros(1, 3, 84, 84)
    for layer, shape in zip(network, layer_shapes(describe(network), (3, 84, 84)), strict=True):
        x = layer(x)
        assert tuple(x.shape[1:]) == shape


def test_agent_is_a_frozen_copy_without_hooks_or_random_draws(observations):
    network = nature(4, 4)
    calls = []
    network[0].register_forward_hook(lambda *_: calls.append(1))
    state = torch.get_rng_state()
    agent = Agent(network, ACTIONS)
    assert torch.equal(torch.get_rng_state(), state)
    agent.q_values(observations)
    assert not calls
    assert not any(w.requires_grad for w in agent.network.parameters())
    assert all(w.requires_grad for w in network.parameters())
    before = agent.digest()
    with torch.no_grad():
        network[0].weight.add_(1)
    assert agent.digest() == before


def test_nested_network_and_a_relu_used_twice_compute_the_same(observations):
    relu = nn.ReLU(inplace=True)
    network = nn.Sequential(
        nn.Sequential(nn.Conv2d(4, 8, 8, 4), relu, nn.Conv2d(8, 8, 4, 2), relu), nn.Flatten(), nn.Linear(648, 4)
    )
    agent = Agent(network, ACTIONS)
    assert [layer["type"] for layer in describe(agent.network)] == ["conv", "relu", "conv", "relu", "flatten", "linear"]
    x = agent.to_input(observations)
    assert torch.equal(agent.network(x), network(x))


class Doubled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    "layer",
    [nn.Sigmoid(), nn.Dropout(), Doubled(4, 4), nn.Linear(4, 4, bias=False), nn.Flatten(0), nn.BatchNorm1d(4)],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_that_cannot_be_explained_are_named(layer):
    with pytest.raises(InvalidValue, match=type(layer).__name__):
        Agent(nn.Sequential(*nature(4, 4), layer), ACTIONS)


def test_wrong_sizes_are_said_before_anything_runs():
    with pytest.raises(InvalidValue, match=r"outputs of shape \(N, 4\) for 2 actions \(x, y\)"):
        Agent(nature(4, 4), ("x", "y"))
    with pytest.raises(InvalidValue, match=r"layer 0 \(conv of 3 inputs\) does not take the shape \(4, 84, 84\)"):
        Agent(nature(3, 4), ACTIONS)
    bomb = [{"type": "conv", "in": 4, "out": 1_000_000, "kernel": [1, 1], "stride": [1, 1], "padding": [0, 0]}]
    with pytest.raises(InvalidValue, match=r"7,056,000,000 values"):
        layer_shapes(bomb, (4, 84, 84))


@pytest.mark.parametrize(
    "description",
    [
        [], {}, [{"type": "exec"}], [{"type": "linear", "in": 4}], [{"type": "linear", "in": -4, "out": 4}],
        [{"type": "linear", "in": 10**6, "out": 10**6}], [{"type": "relu"}] * 65, ["relu"],
        [{"type": "conv", "in": 4, "out": 4, "kernel": [8, 8], "stride": [0, 0], "padding": [0, 0]}],
        [{"type": "quantile-mean", "quantiles": 0}],
    ],
)  # fmt: skip
def test_forged_descriptions_are_refused(description):
    with pytest.raises(InvalidValue):
        build(description)


def test_quantile_mean_is_the_mean_over_quantiles():
    x = torch.arange(12.0).view(2, 6)  # 3 quantiles of 2 actions
    assert QuantileMean(3)(x).tolist() == [[(0 + 2 + 4) / 3, (1 + 3 + 5) / 3], [(6 + 8 + 10) / 3, (7 + 9 + 11) / 3]]


def test_observations_are_checked(agent, observations):
    assert torch.equal(agent.to_input(observations), agent.to_input(observations.astype("float32") / 255))
    for wrong in (observations[:, :3], observations.astype("int64"), observations.astype("float32")):
        with pytest.raises(InvalidValue):
            agent.to_input(wrong)
    nan = agent.to_input(observations)
    nan[0, 0, 0, 0] = float("nan")
    with pytest.raises(InvalidValue):
        agent.to_input(nan)


def test_frames_turned_round_are_taken_as_they_are_seen(agent):
    levels = np.random.default_rng(0).integers(0, 256, (2, *agent.input_shape), dtype=np.uint8)
    np.testing.assert_array_equal(agent.q_values(levels[:, ::-1]), agent.q_values(levels[:, ::-1].copy()))
