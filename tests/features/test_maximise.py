"""Optimised inputs: they raise the unit, show what a planted unit wants, and stay near where they start."""

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.features.canvas import Canvas, Optimisation, total_variation
from rlxai.features.layers import below, output_columns, output_units, unit_layers
from rlxai.features.maximise import direction_objective, maximise, output_objective, unit_objective
from tests.features.planted import BALL, MOTION, planted_agent


def wanted_by(unit, how):
    agent = planted_agent()
    objective = unit_objective(below(agent, unit_layers(agent)[0]), torch.tensor([unit]))
    start = torch.full((1, 4, 6, 6), 0.3)
    return objective, start, maximise(objective, start, torch.ones(1), how)


@pytest.mark.parametrize("frequencies", [True, False])
def test_the_planted_spot_appears(frequencies):
    how = Optimisation(steps=60, rate=0.1, frequencies=frequencies, l2=0.0, tv=0.0, reach=9.0, jitter=0, scale=0.0)
    objective, start, found = wanted_by(BALL, how)
    newest = found[0, 3]
    spot = torch.zeros(6, 6, dtype=torch.bool)
    spot[2:4, 2:4] = True
    assert newest[spot].mean() > 0.6
    assert newest[~spot].mean() < 0.2
    assert objective(found)[0] > objective(start)[0] + 1
    assert 0 <= float(found.min()) <= float(found.max()) <= 1


def test_the_motion_detector_wants_a_change():
    _, _, found = wanted_by(MOTION, Optimisation(steps=60, rate=0.1, l2=0.0, tv=0.0, reach=9.0, jitter=0, scale=0.0))
    means = found[0].mean((1, 2))
    assert means[3] > 0.6
    assert means[2] < 0.15
    assert means[:2].numpy() == pytest.approx([0.3, 0.3], abs=0.05)


def test_a_heavy_prior_holds_the_search_back():
    distances = []
    for l2 in (0.0, 200.0):
        _, start, found = wanted_by(BALL, Optimisation(steps=40, l2=l2, reach=3.0, jitter=1, scale=0.05))
        distances.append(float(((found - start) ** 2).mean()))
    assert distances[1] < 0.3 * distances[0]


def test_the_search_ends_where_it_is_told_to():
    how = Optimisation(steps=120, rate=0.05, l2=0.01, tv=0.0, reach=1.5, jitter=0, scale=0.0)
    objective, _, found = wanted_by(BALL, how)  # its unit is 1
    assert float(objective(found)[0]) == pytest.approx(1.5, abs=0.15)


def test_searches_repeat_and_touch_no_global_generator():
    before = torch.get_rng_state()
    first, second = (wanted_by(BALL, Optimisation(steps=5, jitter=2, scale=0.1))[2] for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_canvas_starts_at_its_start_and_shakes_whole_windows():
    start = torch.rand(2, 3, 10, 12, generator=torch.Generator().manual_seed(1)) * 0.9 + 0.05
    canvas = Canvas(start, Optimisation(jitter=2, scale=0.1))
    assert torch.allclose(canvas.middle(), start, atol=0.08)
    for _ in range(10):
        assert canvas.shaken().shape == start.shape


def test_total_variation_by_its_formula():
    x = torch.rand(1, 2, 4, 5, generator=torch.Generator().manual_seed(2))
    down = [abs(x[0, c, i + 1, j] - x[0, c, i, j]) for c in range(2) for i in range(3) for j in range(5)]
    right = [abs(x[0, c, i, j + 1] - x[0, c, i, j]) for c in range(2) for i in range(4) for j in range(4)]
    assert float(total_variation(x)[0]) == pytest.approx(float(np.mean(down) + np.mean(right)), rel=1e-5)


def test_outputs_and_directions():
    agent = planted_agent()
    assert output_units(agent) == ("NOOP", "FIRE", "RIGHT", "LEFT", "value", "advantage")
    q = torch.tensor([[1.0, 2.0, 3.0, 6.0]])
    assert output_columns(q)[0].tolist() == [-2, -1, 0, 3, 3, 3]
    x = torch.rand(2, 4, 84, 84, generator=torch.Generator().manual_seed(3))
    values = output_objective(agent.network, torch.tensor([2, 4]))(x)
    expected = agent.network(x)
    assert float(values[0]) == pytest.approx(float(expected[0, 2] - expected[0].mean()), abs=1e-6)
    assert float(values[1]) == pytest.approx(float(expected[1].mean()), abs=1e-6)
    codes = torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    identity = nn.Flatten()
    found = direction_objective(identity, codes)(torch.tensor([[[[2.0, 0.0]]], [[[4.0, 3.0]]]]))
    assert found.tolist() == pytest.approx([2.0, 24 / 5 * (24 / 25) ** 4])
