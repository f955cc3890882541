"""Properties of the state and correlations, against numpy's own."""

import numpy as np
import pytest

from rlxai.features.tuning import object_states, squared_correlation


def test_places_of_objects():
    masks = np.zeros((2, 2, 6, 8), np.float32)
    masks[0, 0, 1:3, 4] = 1
    masks[0, 1, 5, 2], masks[0, 1, 5, 3] = 0.5, 1.0
    names, values = object_states(masks, ("ball", "paddle"))
    assert names == ("ball x", "ball y", "ball area", "paddle x", "paddle y", "paddle area")
    assert values[0] == pytest.approx([4, 1.5, 2, (0.5 * 2 + 3) / 1.5, 5, 1.5])
    assert np.isnan(values[1, [0, 1, 3, 4]]).all()
    assert values[1, [2, 5]].tolist() == [0, 0]


def test_squared_correlation(generator):
    states = generator.normal(size=(80, 3))
    states[:20, 1] = np.nan
    states[:60, 2] = np.nan  # 20 states define it: too few
    activations = generator.normal(size=(80, 4)).astype(np.float32)
    activations[:, 1] += states[:, 0]
    activations[:, 3] = 0.1  # constant
    found = squared_correlation(activations, states)
    assert found[1, 0] == pytest.approx(np.corrcoef(activations[:, 1], states[:, 0])[0, 1] ** 2)
    assert found[0, 1] == pytest.approx(np.corrcoef(activations[20:, 0], states[20:, 1])[0, 1] ** 2)
    assert found[1, 0] > 0.3
    assert np.isnan(found[:, 2]).all()
    assert np.isnan(found[3]).all()
