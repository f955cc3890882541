"""Scores against their formula, and a planted detector that has to be found."""

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.features.dissection import cells, dissect
from rlxai.features.layers import pre_activations, unit_layers
from rlxai.features.receptive_field import receptive_field
from rlxai.networks import describe
from rlxai.strategy import shuffled
from tests.features.planted import BALL, planted_agent, squares


def literal_iou(maps, truth, quantile):
    count = round(quantile * maps.size)
    threshold = np.sort(maps.ravel())[::-1][count - 1]
    marked = (maps >= threshold) & (maps > 0)
    return (marked & truth).sum() / (marked | truth).sum()


@pytest.mark.parametrize("quantile", [None, 0.05])
def test_formula(generator, quantile):
    maps = np.maximum(generator.normal(size=(12, 3, 4, 5)), 0).astype(np.float32)
    objects = generator.random((12, 2, 3, 4, 5)) < 0.2
    objects[:, :, 2] = False
    games = np.repeat([0, 1, 2], 4)
    found = dissect(maps, objects, games, quantile)
    for u, p, k in np.ndindex(3, 2, 2):
        share = objects[:, -1, k].mean() if quantile is None else quantile
        assert found.iou[u, p, k] == pytest.approx(literal_iou(maps[:, u], objects[:, p, k], share))
        inside, outside = maps[:, u][objects[:, p, k]].mean(), maps[:, u][~objects[:, p, k]].mean()
        assert found.selectivity[u, p, k] == pytest.approx((inside - outside) / (inside + outside), rel=1e-5)
    assert np.isnan(found.iou[:, :, 2]).all()  # an object that is nowhere
    assert np.isnan(found.selectivity[:, :, 2]).all()
    alone = dissect(maps[4:8], objects[4:8], np.zeros(4, int), 0.05)
    if quantile is not None:  # the threshold is that of all games
        assert found.both.sum(0).shape == alone.both.sum(0).shape
        assert found.either[:, :, :, 0].sum() > alone.either[:, :, :, 0].sum()


def test_cells_are_those_nearest():
    agent = planted_agent()
    field = receptive_field(describe(agent.network), 0, (84, 84))
    mask = np.zeros((1, 84, 84), np.float32)
    mask[0, 30, 41] = 0.1
    found = cells(mask, field, (40, 40))
    assert np.argwhere(found[0]).tolist() == [[14, 19]]  # its field begins at 28, 38; the middle at 30, 40


def test_a_planted_detector_is_found(generator):
    agent = planted_agent()
    layer = unit_layers(agent)[0]
    observations, masks = squares(generator, 40)
    field = receptive_field(describe(agent.network), layer.index, (84, 84))
    objects = cells(masks, field, (40, 40))[:, None]  # the newest frame alone
    maps = np.maximum(pre_activations(agent, observations, (layer,))[0]["conv1"], 0)
    games = np.repeat(np.arange(4), 10)
    iou = dissect(maps, objects, games).iou[:, 0]
    assert iou[:, 0].argmax() == BALL
    assert iou[BALL, 0] > 0.95
    assert np.delete(iou[:, 0], BALL).max() < 0.5
    elsewhere = dissect(maps, shuffled(objects, 0), games).iou[:, 0]
    assert elsewhere[BALL, 0] < 0.1  # it fires where the spot is now
    assert elsewhere[:, 1] == pytest.approx(iou[:, 1], nan_ok=True)  # the bar never moves: nothing can be told of it


def test_mistakes():
    with pytest.raises(InvalidValue, match=r"met 1\.5"):
        dissect(np.zeros((1, 1, 1, 1)), np.zeros((1, 1, 1, 1, 1), bool), np.zeros(1, int), 1.5)
