"""Change points planted into noisy curves: how often found, how well placed, how often imagined."""

import itertools

import numpy as np
import pandas as pd
import pytest

from rlxai.errors import InvalidValue
from rlxai.strategy.emergence.change import change_point, lead
from rlxai.strategy.emergence.step_fit import Curve, fit_steps
from rlxai.strategy.emergence.table import emergence_table, lead_table

STEPS = [0, 30, 100, 200, 300, 400, 500, 650, 800, 1000, 1250, 1750]
"""In thousands, as snapshots are taken: not evenly."""
CURVES = 250
DRAWS = 499


def curve(seed, at, height, *, games=4, churn=0.5, steps=STEPS):
    """Games of each snapshot around a level that steps at index `at`; `churn`: ups and downs of whole snapshots."""
    generator = np.random.default_rng(seed)
    level = np.where(np.arange(len(steps)) >= at, height, 0.0) + churn * generator.standard_normal(len(steps))
    return list(level[:, None] + generator.standard_normal((len(steps), games)))


def found_in(at, height, **how):
    return [change_point(STEPS, curve(seed, at, height, **how), draws=DRAWS, seed=seed) for seed in range(CURVES)]


@pytest.mark.parametrize("how", [{"games": 1}, {"games": 4}, {"games": 20, "churn": 1.0}])
def test_flat_curves_change_at_the_rate_of_alpha(how):
    """Also where snapshots differ far more than their games let expect."""
    rate = np.mean([change.found for change in found_in(6, 0.0, **how)])
    assert 0.01 <= rate <= 0.10


@pytest.mark.parametrize(
    ("at", "height", "how", "power"),
    [(6, 2.0, {}, 0.9), (6, 2.5, {"games": 1}, 0.6), (3, 2.0, {}, 0.75), (6, 2.0, {"games": 20, "churn": 1.0}, 0.45)],
)
def test_planted_changes_are_found_and_their_interval_holds_them(at, height, how, power):
    changes = [change for change in found_in(at, height, **how) if change.found]
    assert len(changes) / CURVES >= power
    assert np.mean([change.low <= STEPS[at] <= change.high for change in changes]) >= 0.88
    assert np.mean([change.direction for change in changes]) > 0.99
    assert np.mean([change.certainty for change in changes]) > 0.9
    assert np.median([change.step for change in changes]) == STEPS[at]


def test_drawing_games_would_be_too_sure():
    """With one game each, games drawn anew are the same games: the interval would be a point, mostly beside it."""
    right = [change.step == STEPS[6] for change in found_in(6, 2.5, games=1) if change.found]
    assert np.mean(right) < 0.85


def test_a_clear_change_is_told_in_the_units_of_the_curve():
    found = change_point(STEPS, [np.full(3, 10.0 if step < 400 else 4.0) for step in STEPS])
    assert found.found
    assert (found.step, found.low, found.high) == (400, 400, 400)
    assert (found.direction, found.certainty) == (-1, 1)
    assert (found.before, found.after) == (10, 4)
    assert found.explained == pytest.approx(1)
    assert (found.snapshots, found.games) == (12, 36)


def test_a_lucky_game_is_no_change():
    games = curve(1, 0, 0.0, churn=0.1)
    before = change_point(STEPS, games)
    games[-1][0] = 1000.0
    after = change_point(STEPS, games)
    assert not before.found
    assert not after.found


def test_the_fit_is_least_squares_over_all_splits(generator):
    curves = generator.standard_normal((20, 9))
    splits, explained, directions = fit_steps(curves)
    for x, split, part, direction in zip(curves, splits, explained, directions, strict=True):
        rests = [((x[:k] - x[:k].mean()) ** 2).sum() + ((x[k:] - x[k:].mean()) ** 2).sum() for k in range(1, 9)]
        assert split == np.argmin(rests) + 1
        assert part == pytest.approx(1 - min(rests) / ((x - x.mean()) ** 2).sum())
        assert direction == np.sign(x[split:].mean() - x[:split].mean())


def test_p_is_the_share_of_orders_that_fit_as_well(generator):
    values = generator.standard_normal(6)
    ranks = values.argsort().argsort() + 1.0
    orders = np.array(list(itertools.permutations(ranks)))
    exact = (fit_steps(orders)[1] >= fit_steps(ranks[None])[1][0] - 1e-9).mean()
    assert change_point(range(6), values[:, None], draws=4999).p == pytest.approx(exact, abs=0.02)


def test_ranks_share_ties_and_are_averaged_over_games():
    found = Curve.of([1, 2, 3], [np.array([5.0, 1.0]), np.array([5.0]), np.array([9.0, np.nan])])
    np.testing.assert_allclose(found.ranks, [(2.5 + 1) / 2, 2.5, 4])
    np.testing.assert_allclose(found.means, [3, 5, 9])
    assert found.games == 4


def test_fewer_than_eight_snapshots_cannot_show_a_change():
    assert not change_point(range(7), [np.array([float(s > 3)]) for s in range(7)]).found
    assert change_point(range(8), [np.array([float(s > 3)]) for s in range(8)]).found


@pytest.mark.parametrize(
    "games",
    [
        [],
        [np.array([1.0])],
        [np.array([1.0]), np.array([2.0])],
        [np.full(3, 7.0)] * 12,
        [np.full(2, np.nan)] * 12,
        [np.zeros(0)] * 12,
        [np.array([1.0]), np.array([np.nan]), np.array([2.0]), np.zeros(0), np.array([3.0])],
    ],
)
def test_what_cannot_change_does_not(games):
    found = change_point(STEPS[: len(games)], games)
    assert not found.found
    assert np.isnan([found.step, found.low, found.high, found.p]).all()
    assert found.direction == 0


def test_games_without_a_value_are_left_out():
    games = curve(3, 6, 3.0)
    holed = [np.append(sample, np.nan) for sample in games]
    holed.insert(5, np.array([np.nan]))
    assert change_point([*STEPS[:5], 350, *STEPS[5:]], holed) == change_point(STEPS, games)


def test_the_same_seed_gives_the_same_answer():
    games = curve(5, 6, 1.5)
    assert change_point(STEPS, games, seed=4) == change_point(STEPS, games, seed=4)
    assert change_point(STEPS, games, seed=4) != change_point(STEPS, games, seed=5)


def test_curves_have_increasing_steps():
    with pytest.raises(InvalidValue, match="a curve needs increasing steps"):
        change_point([1, 1], [np.zeros(1)] * 2)
    with pytest.raises(InvalidValue, match=r"steps \[1, 2\] and games of 1"):
        change_point([1, 2], [np.zeros(1)])


def verdicts(first, second, shared=0.0):
    """Of pairs of curves that step at these indices, `shared` times one and the same churn in both."""
    said = []
    for seed in range(CURVES):
        common = shared * np.random.default_rng(9000 + seed).standard_normal(12)
        a, b = curve(seed, first, 2.0), curve(5000 + seed, second, 2.0)
        a, b = ([sample + c for sample, c in zip(x, common, strict=True)] for x in (a, b))
        said.append(lead(STEPS, a, b, draws=DRAWS, seed=seed))
    return said


@pytest.mark.parametrize("shared", [0.0, 0.7])
def test_changes_at_the_same_time_lead_each_other_rarely(shared):
    said = verdicts(5, 5, shared)
    assert np.mean([one.verdict != "cannot be told" for one in said]) <= 0.08


def test_the_earlier_change_is_found_to_lead():
    said = verdicts(3, 8)
    assert np.mean([one.verdict == "first" for one in said]) > 0.4
    assert not any(one.verdict == "second" for one in said)
    told = [one for one in said if np.isfinite(one.difference)]
    assert np.mean([one.low <= STEPS[8] - STEPS[3] <= one.high for one in told]) >= 0.88
    assert all(0 <= one.first_leads + one.second_leads <= 1 for one in told)
    swapped = lead(STEPS, curve(2, 8, 3.0), curve(1, 3, 3.0))
    assert swapped.verdict == "second"
    assert swapped.low <= swapped.difference <= swapped.high < 0


def test_without_two_changes_nothing_leads():
    said = lead(STEPS, curve(1, 4, 3.0), curve(2, 4, 0.0))
    assert said.verdict == "cannot be told"
    assert np.isnan([said.difference, said.low, said.first_leads]).all()


def test_curves_of_different_snapshots_can_be_compared():
    late = [np.full(4, np.nan) if index < 2 else sample for index, sample in enumerate(curve(2, 9, 4.0, churn=0.2))]
    assert lead(STEPS, curve(1, 4, 4.0, churn=0.2), late).verdict == "first"


def tidy(**curves):
    return pd.DataFrame([
        {"step": step * 1000, "game": f"g{index}", "name": name, "value": value}
        for name, games in curves.items()
        for step, sample in zip(STEPS, games, strict=True)
        for index, value in enumerate(sample)
    ])  # fmt: skip


def test_tables_hold_the_same_as_single_calls():
    first, second, flat = curve(1, 3, 4.0, churn=0.1), curve(2, 8, 4.0, churn=0.1), curve(3, 0, 0.0)
    table = tidy(looks=first, does=second, nothing=flat, never=[np.full(2, np.nan)] * 12)
    found = emergence_table(table.sample(frac=1, random_state=0), draws=DRAWS).set_index("name")
    alone = change_point([1000 * step for step in STEPS], first, draws=DRAWS)
    assert found.loc["looks", "step"] == alone.step
    assert alone.low <= 200_000 <= alone.high
    assert found.loc["looks", "p"] == alone.p
    assert found.found.to_dict() == {"looks": True, "does": True, "nothing": False, "never": False}
    three = found.p.dropna().sort_values()
    expected = np.minimum(np.maximum.accumulate(three * [3, 2, 1]), 1)
    np.testing.assert_allclose(found.p_holm[three.index], expected)
    assert np.isnan(found.p_holm["never"])
    leads = lead_table(table, [("looks", "does"), ("looks", "nothing"), ("does", "absent")], draws=DRAWS)
    assert list(leads.verdict) == ["first", "cannot be told", "cannot be told"]
    assert list(leads.columns[:3]) == ["first", "second", "verdict"]


def test_empty_tables_give_empty_tables():
    empty = pd.DataFrame({"step": [], "game": [], "name": [], "value": []})
    assert len(emergence_table(empty)) == 0
    assert len(lead_table(empty, [])) == 0
