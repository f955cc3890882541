"""Localisation by hand-made maps, and chance by many random ones."""

from __future__ import annotations

import numpy as np
import pytest

from rlxai.trust.localisation import localisation


@pytest.fixture
def mask():
    masks = np.zeros((1, 2, 20, 20), np.float32)
    masks[0, 0, 4:6, 4:6] = 1
    masks[0, 1, 4:6, 6] = 0.3  # a little of a cell is enough
    return masks


def test_a_map_on_the_object_and_one_beside_it(mask):
    on = np.where(mask.any(1, keepdims=True), -1.0, 0.01).repeat(2, 1)
    found = localisation(on, mask)
    assert (found.hit[0], found.rank[0], found.iou[0]) == (1, 1, 1)
    beside = np.zeros((1, 2, 20, 20))
    beside[0, 0, 15, 15], beside[0, 0, 4, 4:6] = 5, 1
    found = localisation(beside, mask)
    assert (found.hit[0], found.rank[0]) == (0, pytest.approx(2 / 6))
    assert found.iou[0] == pytest.approx(2 / 10)
    beside[0, 0, 15, 15], beside[0, 0, 2, 2] = 0, 5  # two cells from the object
    assert localisation(beside, mask).hit[0] == 1


def test_chance_is_what_random_maps_have(mask, generator):
    maps = generator.normal(size=(4000, 2, 20, 20))
    found = localisation(maps, np.broadcast_to(mask, maps.shape))
    assert found.hit_chance[0] == pytest.approx(6 * 7 / 400)
    assert found.hit.mean() == pytest.approx(found.hit_chance[0], abs=0.015)
    assert found.rank.mean() == pytest.approx(found.rank_chance[0], abs=0.005)
    assert found.iou.mean() == pytest.approx(found.iou_chance[0], abs=0.004)


def test_no_object_and_no_map(mask):
    found = localisation(np.ones((1, 2, 20, 20)), 0 * mask)
    assert all(np.isnan(value).all() for value in vars(found).values())
    found = localisation(np.zeros((1, 2, 20, 20)), mask)
    assert np.isnan(found.hit[0])
    assert found.rank[0] == 0
