"""Fields by formula are the pixels that the network's gradient reaches."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from rlxai.features.layers import unit_layers
from rlxai.features.receptive_field import receptive_field
from rlxai.networks import Agent, describe, nature
from tests.features.planted import ACTIONS


def positive(network: nn.Sequential) -> nn.Sequential:
    with torch.no_grad():
        for weight in network.parameters():
            weight.fill_(0.01)
    return network


PADDED = nn.Sequential(
    nn.Conv2d(4, 2, (5, 3), (2, 3), (2, 1)), nn.ReLU(), nn.Conv2d(2, 3, 3, 2, 1), nn.ReLU(),
    nn.Flatten(), nn.Linear(3 * 21 * 14, 4), nn.ReLU(), nn.Linear(4, 4),
)  # fmt: skip


@pytest.mark.parametrize("network", [nature(4, 4), PADDED], ids=["nature", "padded"])
def test_fields_are_what_the_gradient_reaches(network):
    agent = Agent(positive(network), ACTIONS, game="breakout")
    for layer in unit_layers(agent):
        if not layer.spatial:
            continue
        field = receptive_field(describe(agent.network), layer.index, (84, 84))
        height, width = layer.shape[1:]
        for row, column in ((0, 0), (height // 2, width - 1), (height - 1, 1)):
            x = torch.full((1, 4, 84, 84), 0.5, requires_grad=True)
            agent.network[: layer.index + 1](x)[0, 0, row, column].backward()
            reached = x.grad[0].abs().sum(0) > 0
            expected = torch.zeros(84, 84, dtype=torch.bool)
            expected[field.box(row, column)] = True
            assert torch.equal(reached, expected), (layer.name, row, column)


def test_fields_of_the_nature_network():
    agent = Agent(nature(4, 4), ACTIONS, game="breakout")
    layers = unit_layers(agent)
    assert [(layer.name, layer.shape) for layer in layers] == [
        ("conv1", (32, 20, 20)), ("conv2", (64, 9, 9)), ("conv3", (64, 7, 7)), ("hidden1", (512,))
    ]  # fmt: skip
    fields = [receptive_field(describe(agent.network), layer.index, (84, 84)) for layer in layers]
    assert [(field.size, field.jump) for field in fields] == [
        ((8, 8), (4, 4)), ((20, 20), (8, 8)), ((36, 36), (8, 8)), ((84, 84), (84, 84))
    ]  # fmt: skip


@pytest.mark.parametrize(("index", "units"), [(0, 20), (2, 9), (4, 7)])
def test_cells_tile_the_image(index, units):
    field = receptive_field(describe(Agent(nature(4, 4), ACTIONS).network), index, (84, 84))
    cells = [field.cell(0, place, units) for place in range(units)]
    assert cells[0].start == 0
    assert cells[-1].stop == 84
    assert all(one.stop == other.start for one, other in pairwise(cells))
    for place, cell in enumerate(cells):
        box = field.box(place, 0)[0]
        assert box.start <= cell.start < cell.stop <= box.stop
