"""Matching, thresholds, change points and the table of two sides, on curves whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from rlxai.strategy.compare.change import compare_emergence
from rlxai.strategy.compare.reach import limits, reach, reach_table
from rlxai.strategy.compare.steps import match_steps
from rlxai.strategy.compare.table import COLUMNS, EXPLORED, SCORE, compare_sides, comparison_table
from tests.strategy.test_compare import side

STEPS = np.array([0, 50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 1000])
CURVE = ("behaviour/tracking", "own")


def games_of(levels, *, name=SCORE, steps=STEPS, games=4, noise=1.0, seed=0):
    """Rows of two sides; `levels`: of each side, of each training, the mean at each step."""
    generator = np.random.default_rng(seed)
    rows = [
        (
            label,
            place,
            *name,
            step,
            step,
            f"{label}{place} {step} {game}",
            mean + noise * generator.standard_normal(),
            1.0,
        )
        for label, trainings in zip("AB", levels, strict=True)
        for place, training in enumerate(trainings)
        for step, mean in zip(steps, training, strict=True)
        for game in range(games)
    ]
    return pd.DataFrame(
        rows, columns=["side", "training", "figure", "states", "moment", "step", "game", "value", "weight"]
    )


def test_snapshots_match_one_to_one_the_nearest_first():
    found = match_steps([[0, 100, 200, 400], [0, 104, 199, 201, 430]], 0.05)
    assert found.moments == ((0, 0), (100, 104), (200, 199))
    assert found.left == ((400,), (201, 430))
    assert found.steps == [0, 102, 200]
    assert match_steps([[0, 100], [100, 200], [100]], 0).moments == ((100, 100, 100),)
    assert match_steps([[10], [20]], 0.1).left == ((10,), (20,))


def test_a_threshold_is_reached_between_snapshots_at_the_first_time():
    curves = np.array([[0.0, 10, 4, 20], [6, 0, 0, 0], [0, 1, 2, 3], [0, 4, 5, 9]])
    np.testing.assert_array_equal(reach(curves, np.array([0.0, 100, 200, 300]), 5.0), [50, 0, np.inf, 200])


def test_limits_are_drawn_values_and_what_is_unknown_counts_against_both():
    draws = np.random.default_rng(0).permutation(np.arange(1000.0))
    assert limits(draws) == (25, 974)
    draws[draws < 30] = np.nan
    assert limits(draws) == (-np.inf, np.inf)


def test_the_faster_learner_reaches_thresholds_first():
    generator = np.random.default_rng(0)
    fast, slow = (np.minimum(STEPS / until, 1) * 100 for until in (300, 900))
    games = [[level + 5 * generator.standard_normal() for level in curve] for curve in (fast, slow) for _ in range(10)]
    a, b = (side([list(np.array(part).T)], seed=place) for place, part in enumerate((games[:10], games[10:])))
    table = reach_table(a, b, STEPS.astype(float), [50.0, 1000.0])
    first, never = table.iloc[0], table.iloc[1]
    assert first.a == pytest.approx(150, abs=25)
    assert first.b == pytest.approx(450, abs=50)
    assert first.verdict == "A first"
    assert first.low < -300 < first.high < 0
    assert never.a == never.b == np.inf
    assert np.isnan(never.difference)
    assert never.verdict == "cannot be told"
    assert len(reach_table(a, b, STEPS.astype(float))) == 3


def step_curve(at, height=4.0):
    return height * (at <= STEPS)


def emergence(a, b, seed=0, *, replicates="games", steps_b=STEPS, **how):
    left = games_of([a, []], seed=seed, **how)
    right = games_of([[], b], seed=seed + 10_000, steps=steps_b, **how)
    table = compare_emergence(pd.concat([left, right]), [SCORE], replicates, draws=999)
    return table.iloc[0]


def test_an_earlier_change_is_told_from_a_later_one():
    found = emergence([step_curve(150)], [step_curve(600)])
    assert found.a in (100, 150, 200)
    assert found.b in (500, 600, 700)
    assert found.difference == found.a - found.b
    assert found.verdict == "A first"
    assert found.low <= -450 <= found.high < 0
    assert emergence([step_curve(600)], [step_curve(150)]).verdict == "B first"


def test_equal_changes_are_not_told_apart_also_with_snapshots_at_other_steps():
    told = [emergence([step_curve(400)], [step_curve(400)], seed).verdict != "cannot be told" for seed in range(40)]
    assert np.mean(told) <= 0.05
    between = STEPS + 30
    # The same step of learning, seen at 400 in A and at 430 in B, and nothing else.
    found = emergence([step_curve(400)], [np.where(between >= 400, 4.0, 0.0)], steps_b=between, noise=0.0)
    assert (found.a, found.b) == (400, 430)
    assert (found.low, found.high) == (300 - 430, 400 - 330)


def test_no_change_in_one_of_them_or_opposite_ones_cannot_be_told():
    flat = emergence([step_curve(400)], [np.zeros(len(STEPS))])
    assert (flat.verdict, flat.found_b) == ("cannot be told", 0)
    assert flat.why == "no change is found in B"
    opposite = emergence([step_curve(400)], [-step_curve(700)])
    assert opposite.why == "A and B change in opposite directions"
    assert np.isnan(opposite.low)


def test_trainings_as_replicates_make_change_points_a_mean_over_seeds():
    sides = [[step_curve(at) for at in changes] for changes in ((100, 150, 200), (600, 700, 800))]
    found = emergence(*sides, replicates="trainings")
    assert found.a == pytest.approx(np.mean([100, 150, 200]), abs=40)
    assert found.b == pytest.approx(np.mean([600, 700, 800]), abs=70)
    assert found.verdict == "A first"
    one_is_flat = emergence([step_curve(100), np.zeros(12)], [step_curve(600)] * 2, replicates="trainings")
    assert one_is_flat.why == "no change is found in A in 1 of 2 trainings"


def compared(*tables, replicates="games", chosen=(CURVE,)):
    return comparison_table(compare_sides(pd.concat(tables), replicates, draws=400), chosen)


def test_the_table_holds_every_figure_at_every_step_and_over_training():
    rising = STEPS / 100.0
    found = compared(
        games_of([[rising + 5], [rising]]), games_of([[rising], [rising]], name=CURVE),
        games_of([[rising], [rising]], name=("lift/paddle", "own")),
    )  # fmt: skip
    assert list(found.columns) == list(COLUMNS)
    assert found.groupby("family").size().to_dict() == {
        "score, mean over training": 1, "score, steps": 12, "curves, mean over training": 1, "curves, steps": 12,
        EXPLORED: 13,
    }  # fmt: skip
    score = found[found.figure == "score"]
    assert pd.isna(score.step.iloc[0])
    assert score.difference.iloc[0] == pytest.approx(5, abs=0.6)
    assert (score.verdict == "A higher").sum() >= 10
    assert score.probability[score.step.notna()].min() > 0.8
    assert found[found.figure != "score"].probability.isna().all()
    explored = found[found.family == EXPLORED]
    assert explored.p_holm.isna().all()
    assert set(explored.verdict) == {""}


def test_where_nothing_differs_a_family_has_a_verdict_in_one_of_twenty():
    flat = np.zeros(6)
    tables = [compared(games_of([[flat], [flat]], steps=STEPS[:6], seed=seed)) for seed in range(60)]
    wrong = [(table.verdict[table.family == "score, steps"] != "cannot be told").any() for table in tables]
    assert np.mean(wrong) <= 0.12


def test_holm_adjusts_within_a_family():
    flat = np.zeros(len(STEPS))
    steps = compared(games_of([[flat], [flat]])).query("family == 'score, steps'")
    assert steps.p_holm.min() == pytest.approx(min(1, 12 * steps.p.min()))


def test_two_games_are_too_few_for_a_verdict_but_two_seeds_of_many_games_are_too():
    flat = np.zeros(len(STEPS))
    for found in (
        compared(games_of([[flat + 100], [flat]], games=2)),
        compared(games_of([[flat + 100] * 2, [flat] * 2], games=30), replicates="trainings"),
    ):
        assert set(found.verdict) == {"cannot be told"}
        assert found.difference.iloc[0] == pytest.approx(100, abs=2)


def test_common_states_are_the_same_games_at_all_steps():
    name = ("lift/paddle", "common")
    table = games_of([[np.ones(12)], [np.ones(12)]], name=name)
    table["game"] = table.side + table.game.str[-1]
    luck = {game: value for value, game in enumerate(sorted(set(table.game)))}
    table["value"] = table.game.map(luck).astype(float)
    whole, *single = compared(table).itertuples()
    assert whole.high - whole.low == pytest.approx(single[0].high - single[0].low, rel=0.01)


def test_a_figure_that_one_training_lacks_is_left_out():
    flat = np.zeros(len(STEPS))
    both = games_of([[flat], [flat, flat]])
    lacking = games_of([[flat], [flat, flat]], name=CURVE).query("side == 'A' or training == 0")
    assert set(compared(both, lacking).figure) == {"score"}
