import numpy as np
import pytest

from rlxai.attribution.spread import Spread, drawn


@pytest.mark.parametrize("decisions", [1, 3, 65, 130])
@pytest.mark.parametrize("batch", [1, 64])
def test_spread_is_the_quantile_of_all_values(decisions, batch):
    maps = np.random.default_rng(decisions).standard_cauchy((decisions, 2, 9, 8)).astype(np.float32)
    shown = np.abs(drawn(maps))
    spread = Spread(shown.size)
    for start in range(0, decisions, batch):
        spread.add(shown[start : start + batch])
    assert spread.p999 == pytest.approx(np.quantile(shown.astype(np.float64), 0.999), rel=1e-6)
    assert spread.maximum == shown.max()


def test_equal_and_sparse_values():
    spread = Spread(2 * 84 * 84)
    for _ in range(2):
        spread.add(np.zeros((84, 84), np.float32))
    assert (spread.p999, spread.maximum) == (0, 0)
    sparse, values = Spread(40 * 84 * 84), np.zeros((40, 84, 84), np.float32)
    values[7, 3, 3] = 5
    for batch in values:
        sparse.add(batch)
    assert (sparse.p999, sparse.maximum) == (0, 5)
    assert (Spread(0).p999, Spread(0).maximum) == (0, 0)


def test_drawn_sums_the_stack():
    maps = np.random.default_rng(0).normal(size=(5, 4, 3, 2))
    assert np.allclose(drawn(maps), maps[:, 0] + maps[:, 1] + maps[:, 2] + maps[:, 3])
