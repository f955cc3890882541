"""The table of curves says the same as the results that it joins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlxai.pipeline import Serial, StrategyPlan, quiet, workflow
from rlxai.pipeline.strategy.behaviours import behaviour_table, measure_behaviour
from rlxai.pipeline.strategy.curves import curves_table
from rlxai.pipeline.strategy.plan import plan_ledgers
from rlxai.strategy.curves import COLUMNS, Curves

PLAN = StrategyPlan(method="gradient-x-input", states=24, randoms=2, shifts=1)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    from tests.small_run import build_bare_run

    run = build_bare_run(tmp_path_factory.mktemp("curves") / "run")
    played = workflow.record_games(run, run.snapshots(), Serial(), quiet, games=2, max_decisions=60, epsilon=0.5)
    games = {s.step: [c for c in played if c.spec["step"] == s.step] for s in run.snapshots()}
    ledgers = Serial().run(run, plan_ledgers(run.snapshots(), games, [], PLAN, skip=4), quiet)
    return ledgers, measure_behaviour(run, Serial(), quiet)


@pytest.fixture(scope="module")
def table(results):
    return curves_table(*results, newest=3)


def test_it_is_tidy(table):
    assert list(table.columns) == list(COLUMNS)
    keys = ["figure", "states", "control", "draw", "step", "game"]
    assert not table.duplicated(keys).any()
    pd.testing.assert_frame_equal(table, table.sort_values(keys, ignore_index=True))
    assert (table.weight > 0).all()
    assert set(table.control) == {"none", "random", "shifted", "shuffled"}
    assert table[table.control == "none"].game.ne("").all()


@pytest.mark.parametrize(("figure", "column"), [("lift", "lift"), ("share", "share"), ("signed", "signed")])
def test_weighted_means_over_games_are_the_ledgers(results, table, figure, column):
    curves = Curves(table, 0)
    ledgers = pd.concat([pd.read_parquet(commit.folder / "ledger.parquet") for commit in results[0]])
    whole = ledgers[(ledgers.frame == "all") & (ledgers.decisions > 0)]
    assert len(whole) > 50
    for row in whole.itertuples():
        name = f"{figure}/{row.object}"
        if row.control == "none":
            found = curves.estimate(name, row.states, row.step)
            assert found.value == pytest.approx(getattr(row, column), rel=1e-5, abs=1e-9)
        else:
            low, high = curves.control(row.control, name, row.states, row.step)
            assert low - 1e-9 <= getattr(row, column) <= high + 1e-9


def test_motion_is_the_share_on_older_frames(results, table):
    curves = Curves(table, 0)
    reordered = Curves(curves_table(*results, newest=0), 0)
    for commit in results[0]:
        ledger = pd.read_parquet(commit.folder / "ledger.parquet")
        own = ledger[(ledger.control == "none") & (ledger.object == "paddle")].set_index("frame").share
        step, states = commit.spec["step"], commit.spec["states"]
        found = curves.estimate("motion/paddle", states, step).value
        assert found == pytest.approx((own["0"] + own["1"] + own["2"]) / own["all"], rel=1e-5)
        found = reordered.estimate("motion/paddle", states, step).value
        assert found == pytest.approx((own["1"] + own["2"] + own["3"]) / own["all"], rel=1e-5)


def test_behaviour_is_that_of_the_games_and_its_chance_a_control(results, table):
    behaviour = behaviour_table(results[1])
    for row in behaviour[behaviour.name.isin(["score", "tracking"])].dropna().itertuples():
        mine = table[(table.figure == f"behaviour/{row.name}") & (table.game == row.game) & (table.control == "none")]
        np.testing.assert_equal(mine.value.item(), row.value)
    chance = table[(table.figure == "behaviour/tracking") & (table.control == "shuffled")]
    known = behaviour[behaviour.name == "tracking-control"].dropna()
    np.testing.assert_array_equal(np.sort(chance.value), np.sort(known.value))
    assert "behaviour/tracking-control" not in set(table.figure)


def test_random_networks_on_common_states_are_drawn_once_and_stand_for_every_snapshot(table):
    rows = table[(table.figure == "lift/paddle") & (table.states == "common") & (table.control == "random")]
    assert set(rows.step) == {0}
    curves = Curves(table, 0)
    found = curves.control("random", "lift/paddle", "common", 1000)
    assert found == pytest.approx((rows.value.min(), rows.value.max()))
    own = table[(table.figure == "lift/paddle") & (table.states == "own") & (table.control == "random")]
    assert set(own.step) == {0, 1000}
    assert curves.control("shifted", "lift/paddle", "common", 500) is None


def test_whatever_is_missing_is_left_out(results, tmp_path):
    assert len(curves_table([], [], newest=3)) == 0
    assert set(curves_table(results[0], [], newest=3).figure.str.split("/").str[0]) == {
        "lift", "share", "signed", "motion",
    }  # fmt: skip


def test_tables_of_others_are_joined(results, tmp_path):
    class Other:
        folder = tmp_path

    rows = pd.DataFrame({
        "figure": ["changed/x"] * 3, "game": ["a", "b", "c"], "value": [0.5, 1.0, np.nan], "weight": [2, 6, 0],
        "states": "own",
        "control": "none", "draw": 0, "step": 1000,
    })  # fmt: skip
    rows.to_parquet(tmp_path / "curves.parquet")
    found = curves_table(*results, [Other()], newest=3)
    assert Curves(found, 0).estimate("changed/x", "own", 1000).value == 0.875
