"""Figures of rallies against literal formulas."""

from __future__ import annotations

import pandas as pd
import pytest

from rlxai.strategy.rollouts import rollout_rows

PAIRS = pd.DataFrame({
    "game": ["a", "a", "a", "a", "b"],
    "reached_edited": [True, True, False, True, False], "reached_twin": [True, False, False, False, True],
    "used_edited": [True, False, False, False, False], "used_twin": [False] * 5,
    "reached_opposite_edited": [False, False, True, False, False],
    "reached_opposite_twin": [True, True, True, False, False],
    "used_opposite_edited": [False] * 5, "used_opposite_twin": [False, True, False, False, False],
    "points_edited": [4, 0, 1, 1, 0], "points_twin": [1, 1, 1, 1, 7],
    "length_edited": [10, 20, 30, 40, 50], "length_twin": [20, 20, 20, 20, 50],
})  # fmt: skip


def test_rallies_are_compared_with_their_twins():
    found = rollout_rows(PAIRS, "tunnel").set_index(["figure", "game"])
    assert found.loc[("rollout/tunnel-shots", "a")].tolist() == [0.5, 4]
    assert found.loc[("rollout/tunnel-shots", "b")].tolist() == [-1, 1]
    assert found.loc[("rollout/tunnel-passes", "a"), "value"] == 0.25
    assert found.loc[("rollout/tunnel-points", "a"), "value"] == 0.5
    assert found.loc[("rollout/tunnel-length", "a"), "value"] == 5
    assert found.loc[("rollout/tunnel-reached", "a"), "value"] == 0.75
    assert found.loc[("rollout/tunnel-chance", "a"), "value"] == 0.25
    assert len(found) == 6 * 2


def test_the_control_looks_at_the_place_opposite():
    found = rollout_rows(PAIRS, "tunnel", elsewhere=True).set_index(["figure", "game"])
    assert found.loc[("rollout/tunnel-shots", "a"), "value"] == pytest.approx(-0.5)
    assert found.loc[("rollout/tunnel-passes", "a"), "value"] == -0.25
    assert len(found) == 2 * 2
