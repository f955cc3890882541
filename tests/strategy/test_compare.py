"""Two sides of known difference: literal formulas, and how often intervals hold the truth and verdicts are right."""

import numpy as np
import pytest
from scipy.stats import norm, t, ttest_ind

from rlxai.strategy.compare.draws import draw_games
from rlxai.strategy.compare.measures import area_weights, improvement
from rlxai.strategy.compare.replicates import make_side, weigh

TRIALS, DRAWS = 300, 400
ONE = np.ones(1)


def side(games, replicates="games", *, seed=0, draws=DRAWS, together=False):
    """Of trainings, each a list over snapshots of the values of games."""
    drawn = [
        draw_games(values, [np.ones(len(v)) for v in values], together=together, draws=draws, seed=(seed, place))
        for place, values in enumerate(games)
    ]
    return make_side(drawn, replicates, seed=(seed,))


def trials(difference, games, trainings=(1, 1), *, between=0.0, snapshots=1):
    """Differences of two sides of normal games, many times: coverage of the interval, and share of p <= 0.05."""
    replicates = "trainings" if min(trainings) > 1 else "games"
    found = []
    for trial in range(TRIALS):
        generator = np.random.default_rng(trial)
        sides = []
        for place, (n, count, level) in enumerate(zip(games, trainings, (difference, 0), strict=True)):
            own = level + between * generator.standard_normal(count)
            values = [[mean + generator.standard_normal(n) for _ in range(snapshots)] for mean in own]
            sides.append(side(values, replicates, seed=2 * trial + place))
        found.append(weigh(*sides, np.full(snapshots, 1 / snapshots)))
    coverage = np.mean([one.low <= difference <= one.high for one in found])
    return coverage, np.mean([one.p <= 0.05 for one in found])


def test_a_difference_of_means_is_that_of_welch(generator):
    x, y = generator.standard_normal(40) + 1, 2 * generator.standard_normal(25)
    found = weigh(side([[x]], draws=4000), side([[y]], draws=4000, seed=1), ONE)
    a, b = x.var(ddof=1) / 40, y.var(ddof=1) / 25
    freedom = (a + b) ** 2 / (a**2 / 39 + b**2 / 24)
    half = t.ppf(0.975, freedom) * np.sqrt(a + b)
    assert found.value == pytest.approx(x.mean() - y.mean())
    assert found.high - found.low == pytest.approx(2 * half, rel=0.06)
    assert found.p == pytest.approx(ttest_ind(x, y, equal_var=False).pvalue, rel=0.25)


def test_values_are_weighted_means_of_games_and_trainings_count_alike():
    one = draw_games([np.array([1.0, 4.0, np.nan])], [np.array([3.0, 1.0, 9.0])], draws=10)
    two = draw_games([np.array([10.0])], [np.array([7.0])], draws=10)
    assert one.estimate[0] == (3 * 1 + 1 * 4) / 4
    assert one.units[0] == pytest.approx((3 + 1) ** 2 / (3**2 + 1))
    assert make_side([one, two], "games").estimate[0] == ((3 * 1 + 1 * 4) / 4 + 10) / 2


@pytest.mark.parametrize(
    ("games", "trainings", "between"),
    [((3, 3), (1, 1), 0), ((5, 20), (1, 1), 0), ((5, 5), (3, 1), 0), ((8, 8), (3, 3), 1.0), ((8, 8), (2, 5), 1.0)],
)
def test_intervals_hold_the_truth_and_nothing_is_found_where_nothing_is(games, trainings, between):
    coverage, found = trials(0.0, games, trainings, between=between)
    assert coverage >= 0.91
    assert found <= 0.09


def test_a_planted_difference_is_found_and_its_size_covered():
    coverage, found = trials(2.0, (10, 10))
    assert 0.91 <= coverage <= 0.99
    assert found >= 0.95
    coverage, found = trials(4.0, (5, 5), (4, 4), between=1.0)
    assert coverage >= 0.91
    assert found >= 0.85


def test_games_alone_take_the_luck_of_seeds_for_a_difference():
    _, of_seeds = trials(0.0, (10, 10), (4, 4), between=1.0)
    _, of_games = trials(0.0, (10, 10), (1, 1), between=1.0)
    assert of_seeds <= 0.09
    assert of_games >= 0.4


def test_the_mean_over_training_has_the_interval_of_a_mean():
    coverage, found = trials(0.0, (3, 3), snapshots=6)
    assert 0.91 <= coverage <= 0.995
    assert found <= 0.09


def test_games_that_are_the_same_at_all_snapshots_are_drawn_together(generator):
    game = generator.standard_normal(12)
    apart = weigh(side([[game] * 9]), None, np.full(9, 1 / 9))
    together = weigh(side([[game] * 9], together=True), None, np.full(9, 1 / 9))
    single = weigh(side([[game]]), None, ONE)
    assert together.high - together.low == pytest.approx(single.high - single.low, rel=0.15)
    assert apart.high - apart.low < 0.5 * (together.high - together.low)


def test_nothing_is_known_of_the_spread_of_one_game_or_of_equal_ones():
    for values in ([5.0], [5.0, 5.0, 5.0]):
        found = weigh(side([[np.array(values)]]), side([[np.array([2.0, 2.0])]]), ONE)
        assert found.value == 3
        assert np.isnan([found.low, found.high, found.p]).all()


def test_one_game_of_each_of_several_trainings_is_enough(generator):
    runs = [[[np.array([value])] for value in generator.standard_normal(4)] for _ in range(2)]
    found = weigh(*(side(values, "trainings", seed=place) for place, values in enumerate(runs)), ONE)
    assert np.isfinite([found.low, found.high, found.p]).all()


def test_the_area_is_that_of_trapezia():
    steps, curve = np.array([0.0, 10, 30, 100]), np.array([1.0, 5.0, np.nan, 2.0])
    known = np.isfinite(curve)
    weights = area_weights(steps, known)
    assert weights[2] == 0
    assert weights.sum() == pytest.approx(1)
    assert weights[known] @ curve[known] == pytest.approx(np.trapezoid(curve[known], steps[known]) / 100)
    assert not area_weights(steps, np.array([False, True, False, False])).any()


def test_the_probability_of_improvement_counts_pairs_and_ties_half():
    a, b = np.array([1.0, 2.0, 3.0]), np.array([2.0, 0.0])
    found = improvement([a], [b])
    pairs = [(x > y) + (x == y) / 2 for x in a for y in b]
    assert found.value == pytest.approx(np.mean(pairs))
    p = found.low
    variance = p * (1 - p) * (1 + 1.5 * (1 - p) / (2 - p) + 1.5 * p / (1 + p)) / 6
    assert found.value - p == pytest.approx(1.959964 * np.sqrt(variance), abs=1e-3)


def test_all_of_a_above_all_of_b_is_not_certainty():
    few, many = (improvement([np.arange(n) + 100.0], [np.arange(n) + 0.0]) for n in (3, 30))
    assert few.value == few.high == many.value == 1
    assert 0.3 < few.low < 0.6 < 0.85 < many.low < 1


@pytest.mark.parametrize(("shift", "sizes"), [(0.0, (5, 5)), (1.0, (10, 6)), (2.0, (30, 30))])
def test_its_interval_holds_the_truth(shift, sizes):
    truth, generator = norm.cdf(shift / np.sqrt(2)), np.random.default_rng(0)
    found = [
        improvement([generator.standard_normal(sizes[0]) + shift], [generator.standard_normal(sizes[1])])
        for _ in range(400)
    ]
    assert 0.92 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.99
