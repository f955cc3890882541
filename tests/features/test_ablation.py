"""Units held at their mean, against networks taken apart by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.features.ablation import changed, outputs_without, shift
from rlxai.features.layers import pre_activations, unit_layers
from rlxai.features.lesion import without_units
from rlxai.networks import Agent
from tests.small_run import untrained_agent


@pytest.mark.parametrize("place", [0, 1, 2])
def test_it_is_what_a_network_without_the_unit_gives(generator, place):
    agent = untrained_agent(0)
    layer = unit_layers(agent)[place]
    seen = generator.integers(0, 256, (3, *agent.input_shape), dtype=np.uint8)
    values, _ = pre_activations(agent, seen, (layer,))
    held = generator.random(layer.units).astype(np.float32)
    found = outputs_without(agent, layer, np.maximum(values[layer.name], 0), held)
    assert found.shape == (layer.units, 3, 4)
    for unit in (0, layer.units - 1):
        expected = without_units(agent, layer, [unit], held).q_values(seen)
        np.testing.assert_allclose(found[unit], expected, atol=1e-5)


def test_a_unit_that_alone_decides_changes_every_decision():
    """Neuron 0 says which action is best; neuron 1 is read by both alike."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(84 * 84 * 4, 2), nn.ReLU(), nn.Linear(2, 2))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].weight[:, 0] = 1
        network[1].bias.zero_()
        network[3].weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, 1.0]]))
        network[3].bias.copy_(torch.tensor([-0.5, 0.5]))
    agent = Agent(network, ("LEFT", "RIGHT"))
    seen = np.zeros((4, 4, 84, 84), np.float32)
    seen[:2, 0, 0, 0] = 1
    (layer,) = unit_layers(agent)
    values, q = pre_activations(agent, seen, (layer,))
    without = outputs_without(agent, layer, np.maximum(values["hidden1"], 0), np.array([0.0, 0.5]))
    assert q.argmax(1).tolist() == [0, 0, 1, 1]
    assert changed(q, without).tolist() == [[True, True, False, False], [False] * 4]
    # A is (±1/2, ∓1/2); without neuron 0 it is (-1/2, 1/2) always: moved by 1 in half of the states.
    np.testing.assert_allclose(shift(q, without), [np.sqrt(0.5) / 0.5, 0])


def test_where_no_action_is_better_no_size_is_told():
    assert np.isnan(shift(np.ones((3, 2)), np.zeros((5, 3, 2)))).all()
