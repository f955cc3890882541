"""Kernels that see motion, and its direction, are told from those that do not."""

import numpy as np
import pytest

from rlxai.features.kernels import change, direction
from rlxai.features.layers import unit_layers
from tests.features.planted import MOTION, STILL, planted_agent


def drifting(pixels: int, axis: int) -> np.ndarray:
    """A grating that moves by so many pixels from frame to frame, (1, 4, 8, 8)."""
    place = np.arange(8)[None, :] - pixels * np.arange(4)[:, None]  # (C, 8)
    wave = np.cos(2 * np.pi * place / 8)
    frames = wave[:, None, :] if axis == 1 else wave[:, :, None]
    return np.broadcast_to(frames, (4, 8, 8))[None]


def test_planted_motion_detector():
    agent = planted_agent()
    kernels = agent.network[unit_layers(agent)[0].index].weight.numpy()
    found = change(kernels)
    assert found[MOTION] == pytest.approx(1)
    assert found[STILL] == pytest.approx(0, abs=1e-12)
    assert found.argmax() == MOTION


def test_change_by_its_formula(generator):
    kernels = generator.normal(size=(5, 4, 3, 3))
    for u, found in enumerate(change(kernels)):
        mean = kernels[u].mean(0)
        assert found == pytest.approx(sum(((w - mean) ** 2).sum() for w in kernels[u]) / (kernels[u] ** 2).sum())
    assert np.isnan(change(np.zeros((1, 4, 3, 3)))[0])
    many = generator.normal(size=(400, 4, 8, 8))
    assert change(many).mean() == pytest.approx(0.75, abs=0.01)  # 1 - 1 / C without any learning


@pytest.mark.parametrize("sign", [1, -1])
def test_direction(sign):
    right, down = direction(drifting(2 * sign, 1))
    assert right[0] == pytest.approx(sign)
    assert not abs(down[0]) > 1e-6
    right, down = direction(drifting(2 * sign, 0))
    assert down[0] == pytest.approx(sign)
    assert direction(drifting(2, 1), newest_last=False)[0][0] == pytest.approx(-1)


def test_flicker_has_no_direction():
    wave = np.cos(2 * np.pi * np.arange(8) / 8)
    flicker = np.broadcast_to(np.array([1, 0, -1, 0])[:, None, None] * wave, (4, 8, 8))[None]
    right, _ = direction(flicker)
    assert right[0] == pytest.approx(0, abs=1e-9)
