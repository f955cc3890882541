"""An agent without units is the agent with these activations held."""

import numpy as np
import pytest
import torch

from rlxai.errors import InvalidValue
from rlxai.features.layers import unit_layers
from rlxai.features.lesion import without_units


@pytest.mark.parametrize("place", [0, 1, 2])
def test_activations_are_held(untrained, place):
    agent = untrained(0)
    layer = unit_layers(agent)[place]
    held = np.linspace(0, 1, layer.units)
    x = torch.rand(3, 4, 84, 84, generator=torch.Generator().manual_seed(0))
    found = without_units(agent, layer, [1, 3], held).network(x)
    values = torch.relu(agent.network[: layer.index + 1](x))
    values[:, 1], values[:, 3] = held[1], held[3]
    assert torch.allclose(found, agent.network[layer.index + 2 :](values), atol=1e-6)
    assert not torch.allclose(found, agent.network(x), atol=1e-4)


def test_mistakes(untrained):
    agent = untrained(0)
    layer = unit_layers(agent)[0]
    with pytest.raises(InvalidValue, match="go from 0 to 15, met 16"):
        without_units(agent, layer, [16], np.zeros(16))
    with pytest.raises(InvalidValue, match="not negative, met -1"):
        without_units(agent, layer, [0], np.full(16, -1.0))
