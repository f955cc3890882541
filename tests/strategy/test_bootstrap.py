"""The bootstrap against its definition, and how often its interval holds the truth."""

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.strategy.bootstrap import bootstrap, bootstrap_mean, nan_mean, percentiles


def test_intervals_are_percentiles_of_the_statistic_on_units_drawn_with_replacement(generator):
    values = generator.standard_normal(7)
    found = bootstrap(lambda x: np.median(x, axis=1), values, draws=500, level=0.8, seed=3)
    drawn = np.random.default_rng(3).integers(7, size=(500, 7))
    medians = [np.median([values[index] for index in draw]) for draw in drawn]
    assert found.estimate == np.median(values)
    assert found.low == pytest.approx(np.quantile(medians, 0.1))
    assert found.high == pytest.approx(np.quantile(medians, 0.9))
    assert found.units == 7


def test_samples_are_drawn_together(generator):
    share, area = generator.random(12), 0
    area = share / 3
    ratio = bootstrap(lambda s, a: s.mean(axis=1) / a.mean(axis=1), share, area)
    assert ratio.low == pytest.approx(3)
    assert ratio.high == pytest.approx(3)


def test_figures_may_be_arrays_and_draws_are_made_in_blocks_of_any_size(generator, monkeypatch):
    values = generator.standard_normal((9, 4, 2))
    whole = bootstrap(lambda x: x.mean(axis=1), values, draws=50)
    assert whole.estimate.shape == whole.low.shape == whole.high.shape == (4, 2)
    monkeypatch.setattr("rlxai.strategy.bootstrap._BLOCK", 200)
    parts = bootstrap(lambda x: x.mean(axis=1), values, draws=50)
    np.testing.assert_array_equal(parts.low, whole.low)
    np.testing.assert_array_equal(bootstrap(lambda x: x.mean(axis=1), values[:, 1, 0], draws=50).low, whole.low[1, 0])


def test_the_global_generator_is_left_alone_and_the_seed_decides(generator):
    values = generator.standard_normal(6)
    before = np.random.get_state()[1].copy()
    same = [float(bootstrap_mean(values, draws=100, seed=seed).low) for seed in (0, 0, 1)]
    assert same[0] == same[1] != same[2]
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(("units", "coverage"), [(3, 0.74), (6, 0.86), (30, 0.93)])
def test_coverage_is_as_the_module_says(units, coverage):
    generator = np.random.default_rng(0)
    held = [
        bool(found.low <= 0 <= found.high)
        for found in (bootstrap_mean(generator.standard_normal(units), draws=400, seed=k) for k in range(500))
    ]
    assert np.mean(held) == pytest.approx(coverage, abs=0.05)


def test_games_without_a_value_are_left_out():
    found = bootstrap_mean(np.array([1.0, np.nan, 3.0, 2.0]))
    assert found.units == 3
    assert found.estimate == 2
    assert 1 <= found.low < 2 < found.high <= 3


@pytest.mark.parametrize("values", [[], [np.nan], [4.0], [np.nan, 4.0]])
def test_one_game_has_no_interval(values):
    found = bootstrap_mean(np.array(values))
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    assert np.isnan(found.estimate) == (4.0 not in values)


def test_means_and_percentiles_without_nan(generator):
    values = generator.standard_normal((5, 3))
    values[0, 0] = values[:, 2] = np.nan
    np.testing.assert_allclose(nan_mean(values, 0)[:2], [values[1:, 0].mean(), values[:, 1].mean()])
    assert np.isnan(nan_mean(values, 0)[2])
    low, high = percentiles(values, 0.5)
    assert low[0] == pytest.approx(np.quantile(values[1:, 0], 0.25))
    assert np.isnan([low[2], high[2]]).all()


def test_what_cannot_be_resampled_is_refused():
    with pytest.raises(InvalidValue, match="samples must have one length, met 2, 3"):
        bootstrap(lambda a, b: a.mean(axis=1), np.zeros(2), np.zeros(3))
    for wrong in ({"draws": 0}, {"level": 1.0}, {"level": 0.0}):
        with pytest.raises(InvalidValue, match="draws must be at least 1 and level within 0 and 1"):
            bootstrap_mean(np.zeros(3), **wrong)
