"""The arithmetic of edits against literal formulas."""

from __future__ import annotations

import numpy as np
import pytest

from rlxai.strategy.intervention_tables import Answers, curve_rows, decision_table, edit_table
from rlxai.strategy.interventions import (
    changed_decisions,
    displaced,
    effects,
    object_value,
    per_spread,
    spread,
    target_values,
)

OUTPUTS = np.array([[1, 2, 0], [3, 1, 1], [0, 0, 6]], np.float32)
EDITED = np.array([[[3, 1, 0], [3, 1, 1], [0, 0, 2]], [[1, 2, 0], [1, 4, 1], [0, 1, 8]]], np.float32)  # (E, N, A)
TOUCHED = np.array([[True, False, True], [False, True, True]])
BEST = np.array([1, 0, 2])
WEIGHTS = {"chosen": np.eye(3)[BEST], "value": np.full((3, 3), 1 / 3), "advantage": np.eye(3)[BEST] - 1 / 3}
GAMES = np.array(["a", "a", "b"])


def tables():
    decisions = decision_table(Answers(OUTPUTS, EDITED, TOUCHED), ["gone", "put"], GAMES, WEIGHTS)
    return decisions, edit_table(decisions, ["gone", "put"], GAMES)


def test_effects_hold_the_unedited_weights_fixed():
    np.testing.assert_allclose(target_values(WEIGHTS["chosen"], OUTPUTS), [2, 3, 6])
    np.testing.assert_allclose(effects(WEIGHTS["chosen"], OUTPUTS, EDITED[0]), [1 - 2, 0, 2 - 6])
    np.testing.assert_allclose(effects(WEIGHTS["value"], OUTPUTS, EDITED[0]), [1 / 3, 0, -4 / 3])
    np.testing.assert_allclose(effects(WEIGHTS["advantage"], OUTPUTS, EDITED[0]), [-1 - 1 / 3, 0, -4 + 4 / 3])


def test_worth_spread_and_changed_decisions():
    assert object_value(np.array([1.0, 2.0]), adds=True) == 1.5
    assert object_value(np.array([1.0, 2.0]), adds=False) == -1.5
    assert np.isnan(object_value(np.array([]), adds=True))
    assert spread(np.array([2.0, 3.0, 6.0])) == pytest.approx(np.sqrt(26 / 9))
    assert per_spread(3.0, np.array([0.0, 2.0])) == 3.0
    assert np.isnan(per_spread(3.0, np.array([2.0, 2.0])))
    np.testing.assert_array_equal(changed_decisions(OUTPUTS, EDITED[0]), [True, False, False])


def test_a_decision_table_has_a_row_per_state_that_an_edit_changes():
    decisions, _ = tables()
    assert decisions["edit"].tolist() == ["gone", "gone", "put", "put"]
    assert decisions.state.tolist() == [0, 2, 1, 2]
    assert decisions.game.tolist() == ["a", "b", "a", "b"]
    assert decisions.changed.tolist() == [1, 0, 1, 0]
    np.testing.assert_allclose(decisions.d_chosen, [-1, -4, -2, 2])
    np.testing.assert_allclose(decisions.d_chosen_per_spread, np.array([-1, -4, -2, 2]) / np.std([2, 3, 6]))
    np.testing.assert_allclose(decisions.d_value_per_spread[0], (1 / 3) / np.std([1, 5 / 3, 2]))


def test_an_edit_table_has_the_means_of_every_game():
    _, table = tables()
    assert table[["edit", "game"]].to_numpy().tolist() == [["gone", "a"], ["gone", "b"], ["put", "a"], ["put", "b"]]
    assert table.decisions.tolist() == [2, 1, 2, 1]
    assert table.touched.tolist() == [1, 1, 1, 1]
    np.testing.assert_allclose(table.d_chosen, [-1, -4, -2, 2])
    np.testing.assert_allclose(table.abs_chosen_per_spread, np.array([1, 4, 2, 2]) / np.std([2, 3, 6]))


def test_an_edit_that_changes_nothing_has_no_effect_but_a_row():
    answers = Answers(OUTPUTS, EDITED, np.array([[True, True, True], [False, False, False]]))
    table = edit_table(decision_table(answers, ["gone", "put"], GAMES, WEIGHTS), ["gone", "put"], GAMES)
    assert table.touched.tolist() == [2, 1, 0, 0]
    assert table.changed[:2].tolist() == [0.5, 0]
    assert table.d_chosen[2:].isna().all()


def test_curves_weigh_games_by_what_the_edit_changes():
    decisions, table = tables()
    rows = curve_rows(decisions, table, {"ball": (False, ["gone"]), "both": (True, ["gone", "put"])})
    assert list(rows.columns) == ["figure", "game", "value", "weight"]
    found = rows.set_index(["figure", "game"])
    assert found.loc[("changed/gone", "a")].tolist() == [1, 1]
    assert found.loc[("touched/gone", "a")].tolist() == [0.5, 2]
    value = np.std([1, 5 / 3, 2])
    assert found.loc[("value-of/ball", "a"), "value"] == pytest.approx(-(1 / 3) / value)
    assert found.loc[("value-of/both", "b"), "value"] == pytest.approx((-4 / 3 + 1) / 2 / value)
    assert found.loc[("value-of/both", "b"), "weight"] == 2
    assert found.loc[("dq/put", "a"), "value"] == pytest.approx(-2 / np.std([2, 3, 6]))
    of_all = rows[rows.figure == "value-of/both"]
    expected = np.mean([1 / 3, -4 / 3, 1 / 3, 1]) / value
    assert (of_all.value * of_all.weight).sum() / of_all.weight.sum() == pytest.approx(expected)


def test_displaced_changes_are_of_equal_size_and_elsewhere(generator):
    observations = generator.integers(0, 256, (3, 2, 40, 40)).astype(np.uint8)
    edited = observations.copy()
    edited[:2, :, 5:8, 5:8] ^= 15
    moved = displaced(observations, edited, seed=4)
    assert moved.dtype == np.uint8
    np.testing.assert_array_equal(moved[2], observations[2])
    for n in range(2):
        size = np.abs(moved[n].astype(int) - observations[n])
        assert not size[:, 5:8, 5:8].any()
        expected = np.abs(edited[n].astype(int) - observations[n])
        for plane in range(2):
            np.testing.assert_array_equal(np.sort(size[plane], axis=None), np.sort(expected[plane], axis=None))
        np.testing.assert_array_equal((size[0] > 0), (size[1] > 0))  # the planes of a stack move together
    np.testing.assert_array_equal(moved, displaced(observations, edited, seed=4))
    assert (moved != displaced(observations, edited, seed=5)).any()


def test_what_cannot_be_taken_away_elsewhere_is_put_there():
    dark = np.zeros((1, 1, 40, 40), np.uint8)
    with_ball = dark.copy()
    with_ball[..., 3, 3] = 110
    assert displaced(with_ball, dark, seed=0).astype(int).sum() == 220  # the ball, and another one
