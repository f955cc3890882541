from __future__ import annotations

import json

import numpy as np
import pytest

from rlxai.episodes import Recipe
from rlxai.errors import InvalidValue


@pytest.fixture
def values():
    return {
        "game": "breakout", "ale_version": "0.12.1", "rom_md5": "f34f08e5eb96e500e851a80be3277a56", "seed": 4,
        "noops": 7, "sticky": 0.25, "frame_skip": 4, "fire_on_reset": True, "actions": [0, 1, 2, 3, 1],
    }  # fmt: skip


def test_round_trip_through_json(values):
    recipe = Recipe.from_dict(values)
    assert recipe.actions.dtype == np.uint8
    assert json.loads(json.dumps(recipe.to_dict())) == values


def test_whole_sticky_is_a_number(values):
    assert Recipe.from_dict(values | {"sticky": 0}).to_dict()["sticky"] == 0.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("game", "doom"), ("game", ["breakout"]), ("game", None), ("ale_version", "../.."), ("ale_version", "1" * 99),
        ("rom_md5", "f34f"), ("rom_md5", "X" * 32), ("seed", -1), ("seed", 2**31), ("seed", True), ("seed", 1.0),
        ("noops", -1), ("noops", 10**9), ("sticky", 1.0), ("sticky", float("nan")), ("sticky", "0"),
        ("frame_skip", 1), ("frame_skip", 10**6), ("fire_on_reset", 1), ("actions", []), ("actions", "0123"),
        ("actions", [0] * 200_001), ("actions", [18]), ("actions", [-1]), ("actions", [1.0]), ("actions", [True]),
        ("actions", [[1]]), ("actions", {"0": 1}),
    ],
)  # fmt: skip
def test_values_outside_their_domain(values, name, value):
    with pytest.raises(InvalidValue, match="recipe") as caught:
        Recipe.from_dict(values | {name: value})
    assert name.removesuffix("s") in str(caught.value)
    assert len(str(caught.value)) < 300


def test_names_must_be_complete_and_known(values):
    with pytest.raises(InvalidValue, match="missing or unknown: colour"):
        Recipe.from_dict(values | {"colour": 1})
    del values["noops"]
    with pytest.raises(InvalidValue, match="missing or unknown: noops"):
        Recipe.from_dict(values)
    with pytest.raises(InvalidValue, match="met list"):
        Recipe.from_dict([values])
