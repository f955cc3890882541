"""Relevance and maps of hidden units against z⁺ written out neuron by neuron, in float64."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.attribution import forward_pass
from rlxai.attribution.unit_maps import unit_maps, unit_relevance
from rlxai.errors import InvalidValue
from rlxai.networks.heads import DuelingHead


@pytest.fixture
def network():
    torch.manual_seed(3)
    layers = [nn.Conv2d(2, 3, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(27, 6), nn.ReLU(), nn.Linear(6, 3)]
    return nn.Sequential(*layers).double()


@pytest.fixture
def x():
    torch.manual_seed(4)
    return torch.rand(2, 2, 7, 7, dtype=torch.float64) * (torch.rand(2, 2, 7, 7) < 0.6)


def z_plus_linear(a, layer, relevance):
    """R_i = Σ_j a_i w⁺_ij / (Σ_i a_i w⁺_ij + b⁺_j) R_j for inputs that are not negative."""
    w, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    found = np.zeros(len(a))
    for j in range(len(b)):
        contributions = [a[i] * max(w[j, i], 0) for i in range(len(a))]
        z = sum(contributions) + max(b[j], 0)
        for i, c in enumerate(contributions):
            found[i] += c / z * relevance[j] if z > 0 else 0
    return found


def z_plus_convolution(a, layer, relevance):
    w, b, stride = layer.weight.detach().numpy(), layer.bias.detach().numpy(), layer.stride[0]
    found = np.zeros_like(a)
    for j, y, x in itertools.product(*map(range, relevance.shape)):
        window = (slice(None), slice(y * stride, y * stride + 3), slice(x * stride, x * stride + 3))
        contributions = a[window] * np.maximum(w[j], 0)
        z = contributions.sum() + max(b[j], 0)
        found[window] += contributions / z * relevance[j, y, x] if z > 0 else 0
    return found


def test_relevance_and_maps_are_the_rule(network, x):
    forward = forward_pass(network, x)
    weights = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], dtype=torch.float64)
    relevance = unit_relevance(forward, weights)
    silent = 0
    for n in range(2):
        hidden = forward.steps[-1].input[n].numpy()
        expected = z_plus_linear(hidden, network[5], (weights * forward.q)[n].numpy())
        np.testing.assert_allclose(relevance[n], expected, rtol=1e-4, atol=1e-9)
        maps = unit_maps(forward, n, torch.arange(6)).numpy()
        assert maps.shape == (6, 2, 7, 7)
        for k in range(6):
            if hidden[k] == 0:
                silent += 1
                assert not maps[k].any()
                continue
            features = z_plus_linear(forward.steps[3].input[n].numpy(), network[3], np.eye(6)[k])
            pixels = z_plus_convolution(x[n].numpy(), network[0], features.reshape(3, 3, 3))
            np.testing.assert_allclose(maps[k], pixels, rtol=1e-4, atol=1e-9)
            assert 0 < maps[k].sum() <= 1
            assert (maps[k][x[n].numpy() == 0] == 0).all()  # nothing on black
    assert 0 < silent < 12


def test_scaling_the_network_leaves_the_maps(network, x):
    """So that early and late snapshots compare."""
    before = unit_maps(forward_pass(network, x), 0, torch.arange(6))
    with torch.no_grad():
        network[3].weight *= 50
        network[3].bias *= 50
    np.testing.assert_allclose(unit_maps(forward_pass(network, x), 0, torch.arange(6)), before, rtol=1e-4, atol=1e-9)


def test_a_dueling_network_has_the_units_of_both_streams(network, x):
    dueling = nn.Sequential(*list(network)[:5], DuelingHead(3, 4).double())
    forward = forward_pass(dueling, x)
    relevance = unit_relevance(forward, torch.full((2, 4), 0.25, dtype=torch.float64))
    assert relevance.shape == (2, 6)


def test_a_network_without_a_hidden_layer_is_refused(x):
    network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(75, 3)).double()
    forward = forward_pass(network, x)
    sentence = "hidden units need a network that ends in Linear, ReLU, Linear; this one ends in ReLU, Flatten, Linear"
    with pytest.raises(InvalidValue, match=sentence):
        unit_relevance(forward, torch.ones(2, 3))
    with pytest.raises(InvalidValue, match=sentence):
        unit_maps(forward, 0, torch.arange(2))
