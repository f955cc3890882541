from __future__ import annotations

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.replay import scale


@pytest.mark.parametrize("decisions", [1, 3, 65, 130])
def test_spread_is_the_quantile_of_all_values(decisions):
    maps = np.random.default_rng(decisions).standard_cauchy((decisions, 2, 9, 8)).astype(np.float32)
    shown = np.abs(maps.sum(1)).astype(np.float64)
    found = scale.spread(maps)
    assert found.p999 == pytest.approx(np.quantile(shown, 0.999), rel=1e-6)
    assert found.maximum == shown.max()
    assert found.nonfinite == 0


def test_spread_of_a_range():
    maps = np.arange(100, dtype=np.float32)[:, None, None, None] * np.ones((1, 1, 4, 4), np.float32)
    found = scale.spread(maps, 10, 21)
    assert found.maximum == 20
    assert found.p999 == 20
    with pytest.raises(InvalidValue, match="hold no map"):
        scale.spread(maps, 50, 50)


def test_nonfinite_counts_as_zero():
    maps = np.ones((2, 2, 3, 3), np.float32)
    maps[0, 0, 0, 0], maps[1, 1, 2, 2] = np.nan, -np.inf
    maps[0, :, 1, 1] = np.inf, -np.inf
    found = scale.spread(maps)
    assert (found.nonfinite, found.maximum) == (3, 2)


def test_all_zero_has_scale_zero_and_sparse_relevance_does_not():
    assert scale.spread(np.zeros((2, 1, 84, 84))) == scale.Spread(0, 0, 0)
    assert scale.episode_scale(0.0, 0.0) == 0
    sparse = np.zeros((40, 1, 84, 84), np.float32)
    sparse[7, 0, 3, 3] = -5
    found = scale.spread(sparse)
    assert found.p999 == 0
    assert scale.episode_scale(found.p999, found.maximum) == 5
    assert scale.episode_scale(2.0, 5.0) == 2


def test_drawn_sums_the_stack():
    maps = np.random.default_rng(0).normal(size=(5, 4, 3, 2))
    assert np.allclose(scale.drawn(maps), maps[:, 0] + maps[:, 1] + maps[:, 2] + maps[:, 3])


def test_frame_and_shared_scales():
    relevance = np.array([[[1, -3]], [[0, 0]], [[np.nan, 2]]])
    assert scale.frame_scales(relevance).tolist() == [3, 0, 2]
    assert scale.shared_scale([0.5, 2.0, 1.0]) == 2
    with pytest.raises(InvalidValue, match="at least one panel"):
        scale.shared_scale([])
