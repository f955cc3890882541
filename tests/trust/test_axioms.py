"""Conservation, continuity, shifts and implementation invariance against what is known of methods."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from rlxai.attribution import Method, Relevance, forward_pass, get_method, methods
from rlxai.networks import Agent, dueling
from rlxai.trust.conservation import conservation
from rlxai.trust.continuity import RADIUS, change_under, max_sensitivity, moved, shift_behaviour
from rlxai.trust.controls import EDGES, RANDOM
from rlxai.trust.implementation import readable_difference, twin, twin_difference
from rlxai.trust.maps import Maps, explain, outputs, target_weights
from rlxai.trust.readable import readable_relevance
from rlxai.trust.sanity import action_similarity, hidden_network, neuron_similarity


@pytest.fixture(scope="module")
def case(shipped_agent, planted_states):
    x = planted_states.x[:3]
    return shipped_agent.network, x, target_weights(shipped_agent.network, x, "advantage")


def explained(case, name):
    return explain(*case, get_method(name))


def test_pixels_and_ledger_are_the_target(case):
    network, x, weights = case
    q = outputs(network, x)
    maps = explained(case, "lrp-epsilon-plus-flat")
    error, kept = conservation(maps, q, weights)
    assert (error < 1e-5).all()
    pixels = maps.relevance.sum((1, 2, 3))
    assert kept == pytest.approx(np.abs(maps.kept) / (np.abs(pixels) + np.abs(maps.kept)), rel=1e-3)
    off = Maps(maps.relevance, maps.kept + 0.01)
    expected = 0.01 / (weights * q).abs().sum(1).numpy()
    assert conservation(off, q, weights)[0] == pytest.approx(expected, rel=0.05)
    assert np.isnan(conservation(explained(case, "grad-cam"), q, weights)[0]).all()


def test_max_sensitivity_is_the_largest_of_the_draws(case):
    network, x, weights = case
    method = get_method("gradient")
    maps = explained(case, "gradient").relevance
    generator = torch.Generator().manual_seed(0)
    changes = []
    for _ in range(3):
        noise = (2 * torch.rand(x.shape[1:], generator=generator) - 1) * RADIUS
        other = explain(network, (x + noise).clamp(0, 1), weights, method).relevance
        changes.append([np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(maps, other, strict=True)])
    assert max_sensitivity(*case, method, maps) == pytest.approx(np.max(changes, 0), rel=1e-5)
    noise = explain(*case, RANDOM).relevance
    assert max_sensitivity(*case, RANDOM, noise) == pytest.approx([2**0.5] * 3, rel=0.05)
    assert (max_sensitivity(*case, EDGES, explain(*case, EDGES).relevance) < 0.05).all()


def test_nothing_changes_under_no_nudge(case):
    maps = explained(case, "gradient").relevance
    found = change_under(case[0], {"none": case[1]}, case[2], get_method("gradient"), maps)
    assert (found["none"] == 0).all()


def test_edges_follow_a_shift_and_noise_does_neither(case):
    assert torch.equal(moved(torch.arange(5.0), 2), torch.tensor([0.0, 0, 0, 1, 2]))
    found = shift_behaviour(*case, EDGES, explain(*case, EDGES).relevance)
    assert (found["follows", 4] > 0.95).all()
    assert (found["follows", 4] > found["stays", 4] + 0.1).all()
    found = shift_behaviour(*case, RANDOM, explain(*case, RANDOM).relevance)
    assert all((np.abs(values) < 0.06).all() for values in found.values())


def test_the_twin_is_another_network_and_the_same_function(case):
    network, x, _ = case
    other = twin(network)
    assert outputs(other, x) == pytest.approx(outputs(network, x).numpy(), abs=2e-6)
    before, after = network.state_dict(), other.state_dict()
    assert not any(torch.equal(before[name], after[name]) for name in before if name != "9.bias")
    streams = Agent(dueling(4, 4), ("NOOP", "FIRE", "RIGHT", "LEFT")).network
    assert outputs(twin(streams), x) == pytest.approx(outputs(streams, x).numpy(), abs=2e-6)


@pytest.mark.parametrize("name", ["gradient", "deeplift", "lrp-epsilon-plus-flat", "layer-cam"])
def test_methods_explain_the_function(case, name):
    assert (twin_difference(*case, get_method(name), explained(case, name).relevance) < 1e-3).all()


def test_a_map_of_the_weights_is_told(case):
    def by_first_kernel(forward, weights):
        return Relevance(forward.x * next(forward.network.parameters())[0].mean())

    method = Method("kernel", "toy", "", "", "", by_first_kernel)
    assert (twin_difference(*case, method, explain(*case, method).relevance) > 0.1).all()


READABLE = [name for name, method in methods().items() if method.family == "LRP"] + ["gradient", "gradient-x-input"]


@pytest.mark.parametrize("name", READABLE)
def test_the_fast_path_is_the_readable_one(shipped_agent, planted_states, name):
    network = copy.deepcopy(shipped_agent.network).double()
    x = planted_states.x[:2].double()
    forward = forward_pass(network, x)
    weights = torch.eye(4, dtype=torch.float64)[[0, 2]] - 0.25
    fast = get_method(name).run(forward, weights, **get_method(name).resolve({})).inputs
    slow = readable_relevance(forward_pass(network, x), weights, name)
    assert (fast - slow).abs().max() <= 1e-9 * slow.abs().max()


def test_readable_difference_is_none_where_there_is_no_readable_path(case):
    maps = explained(case, "grad-cam").relevance
    assert np.isnan(readable_difference(*case, get_method("grad-cam"), maps)).all()


def test_maps_that_ignore_action_and_unit_are_told(case):
    network, x, _ = case
    assert action_similarity(network, x, 4, EDGES) == pytest.approx([1, 1, 1])
    assert neuron_similarity(network, x, EDGES) == pytest.approx([1, 1, 1])
    gradient = get_method("gradient")
    advantages = action_similarity(network, x, 4, gradient)
    assert (advantages < 0.1).all()  # the four add up to nothing
    assert (action_similarity(network, x, 4, gradient, "single") > advantages + 0.3).all()
    assert (neuron_similarity(network, x, gradient) < 0.95).all()


def test_the_hidden_network_ends_before_the_last_relu(case, ball_agent):
    network, x, _ = case
    hidden = hidden_network(network)
    assert torch.equal(hidden(x), network[:8](x))
    assert hidden_network(ball_agent.network) is None
    assert np.isnan(neuron_similarity(ball_agent.network, x, EDGES)).all()
