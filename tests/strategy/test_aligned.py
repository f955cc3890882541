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
        assert found.mean.estimate[place] == pytest.approx(np.mean(around))
        assert found.control.estimate[place] == pytest.approx(np.mean(control))
        assert found.difference.estimate[place] == pytest.approx(np.mean(around) - np.mean(control))
    np.testing.assert_array_equal(found.offsets, range(-3, 4))
    assert (found.events, found.games) == (5, 2)


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
    assert np.mean(outside) < 0.12  # 5 %, and what a bootstrap of 12 games adds


def test_one_game_gives_a_mean_and_no_interval(generator):
    found = align([generator.random(50)], [np.array([10, 20])], 2)
    assert np.isfinite(found.mean.estimate).all()
    assert np.isnan(found.mean.low).all()


def test_without_events_all_is_undefined(generator):
    found = align([generator.random(50)], [np.array([], int)], 1)
    assert np.isnan(found.mean.estimate).all()
    assert (found.events, found.games) == (0, 0)
    assert np.isnan(align([], [], 1).mean.estimate).all()


def test_offsets_beyond_the_game_are_left_out(generator):
    column = generator.random(10)
    found = align([column, column], [np.array([0]), np.array([9])], 1)
    assert found.mean.estimate[0] == column[8]  # of the second game alone
    assert found.mean.estimate[2] == column[1]


def test_events_outside_their_game_are_refused():
    with pytest.raises(InvalidValue, match="events of game 1 must be 0 to 9, met 3 to 10"):
        align([np.zeros(10)] * 2, [np.array([1]), np.array([3, 10])], 1)
    with pytest.raises(InvalidValue, match="met 1 columns, 2 arrays of events and window 1"):
        align([np.zeros(10)], [np.array([1])] * 2, 1)
    with pytest.raises(InvalidValue, match="window -1"):
        align([], [], -1)
