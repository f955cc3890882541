"""Event-aligned means against their formula written out, and against planted responses."""

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.strategy.aligned import align


def test_means_are_the_formula(generator):
    columns = [generator.random(40), generator.random(25), generator.random(30)]
    columns[0][7] = np.nan
    events = [np.array([0, 6, 20, 20]), np.array([24]), np.array([], int)]
    found = align(columns, events, 3)
    for place, offset in enumerate(range(-3, 4)):
        around, control = [], []
        for column, at in zip(columns, events, strict=True):
            values = [column[t + offset] for t in range(len(column)) if 0 <= t + offset < len(column)]
            expected = np.nanmean(values)
            for t in at:
                if 0 <= t + offset < len(column) and not np.isnan(column[t + offset]):
                    around.append(column[t + offset])
                    control.append(expected)
        assert found.events[place] == len(around)
        assert found.mean.estimate[place] == pytest.approx(np.mean(around))
        assert found.control.estimate[place] == pytest.approx(np.mean(control))
        assert found.difference.estimate[place] == pytest.approx(np.mean(around) - np.mean(control))
    np.testing.assert_array_equal(found.offsets, range(-3, 4))
    np.testing.assert_array_equal(found.games, [2, 2, 2, 2, 1, 1, 1])


def test_lifts_are_sums_of_shares_by_sums_of_areas_and_the_control_is_over_the_sample(generator):
    """Several objects at once, one of which comes and goes."""
    shares, areas = ([generator.random((length, 2)) for length in (40, 30)] for _ in range(2))
    shares[0][10:20, 1] = np.nan
    events, samples = [np.array([5, 12, 30]), np.array([8])], [np.arange(0, 40, 3), np.array([2, 9, 28])]
    found = align(shares, events, 2, areas=areas, samples=samples)
    assert found.mean.estimate.shape == found.events.shape == (2, 5)
    for k in range(2):
        for place, offset in enumerate(range(-2, 3)):
            upper, lower, expected_upper, expected_lower = [], [], [], []
            for share, area, at, sample in zip(shares, areas, events, samples, strict=True):
                around = [t + offset for t in at if not np.isnan(share[t + offset, k])]
                t = np.arange(len(share)) + offset
                drawn = [s for s in t if s in sample and not np.isnan(share[s, k])]
                upper += [share[s, k] for s in around]
                lower += [area[s, k] for s in around]
                expected_upper += [share[drawn, k].mean()] * len(around)
                expected_lower += [area[drawn, k].mean()] * len(around)
            control = np.sum(expected_upper) / np.sum(expected_lower)
            assert found.events[k, place] == len(upper)
            assert found.mean.estimate[k, place] == pytest.approx(np.sum(upper) / np.sum(lower))
            assert found.control.estimate[k, place] == pytest.approx(control)
            assert found.difference.estimate[k, place] == pytest.approx(np.sum(upper) / np.sum(lower) - control)


def test_an_interval_needs_a_second_game_with_the_event_at_that_offset(generator):
    columns, events = [generator.random(20), generator.random(20)], [np.array([10]), np.array([19])]
    found = align(columns, events, 1)
    assert np.isfinite(found.mean.low[:2]).all()
    assert np.isfinite(found.mean.estimate[2])  # of the first game alone: the second ends
    assert np.isnan(found.mean.low[2])


def response(generator, height):
    """Games in which a column rises by `height` two decisions after each event."""
    columns, events = [], []
    for _ in range(12):
        column, at = generator.normal(generator.uniform(0, 2), 1, 300), generator.choice(290, 20, replace=False)
        column[at + 2] += height
        columns.append(column)
        events.append(at)
    return columns, events


def test_a_planted_response_is_found_where_it_is(generator):
    found = align(*response(generator, 2.0), 4)
    above = found.difference.low > 0
    assert above[found.offsets == 2]
    assert found.difference.estimate[found.offsets == 2] == pytest.approx(2, abs=0.5)
    assert np.argmax(found.difference.estimate) == 6
    # Games differ in level: that widens the interval of the mean, not that of the difference.
    assert (found.mean.high - found.mean.low).mean() > 1.5 * (found.difference.high - found.difference.low).mean()


def test_without_a_response_the_difference_is_within_its_interval():
    outside = []
    for seed in range(60):
        difference = align(*response(np.random.default_rng(seed), 0.0), 2, draws=300).difference
        outside += list((difference.low > 0) | (difference.high < 0))
    assert 0.01 < np.mean(outside) < 0.1  # 5 %


def test_one_game_gives_a_mean_and_no_interval(generator):
    found = align([generator.random(50)], [np.array([10, 20])], 2)
    assert np.isfinite(found.mean.estimate).all()
    assert np.isnan(found.mean.low).all()


def test_without_events_all_is_undefined(generator):
    found = align([generator.random(50)], [np.array([], int)], 1)
    assert np.isnan(found.mean.estimate).all()
    assert not found.events.any()
    assert not found.games.any()
    assert np.isnan(align([], [], 1).mean.estimate).all()


def test_offsets_beyond_the_game_are_left_out(generator):
    column = generator.random(10)
    found = align([column, column], [np.array([0]), np.array([9])], 1)
    assert found.mean.estimate[0] == column[8]  # of the second game alone
    assert found.mean.estimate[2] == column[1]


def test_events_outside_their_game_are_refused():
    with pytest.raises(InvalidValue, match="events of game 1 must be 0 to 9, met 3 to 10"):
        align([np.zeros(10)] * 2, [np.array([1]), np.array([3, 10])], 1)
    with pytest.raises(InvalidValue, match="met 1 columns, 2, 1 and 1 arrays and window 1"):
        align([np.zeros(10)], [np.array([1])] * 2, 1)
    with pytest.raises(InvalidValue, match="samples of game 0 must be 0 to 9, met 10 to 10"):
        align([np.zeros(10)], [np.array([3])], 1, samples=[np.array([10])])
    with pytest.raises(InvalidValue, match="window -1"):
        align([], [], -1)
