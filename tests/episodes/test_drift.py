from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rlxai.episodes import drift, play, rerender
from rlxai.errors import InvalidValue
from rlxai.games import ale_version
from rlxai.preprocessing import Preprocessing


@pytest.fixture(scope="module")
def episode():
    return play("breakout", Preprocessing(sticky=0.25), lambda *_: 2, seed=4, max_decisions=60)


def test_same_emulator_shows_the_same(episode):
    assert drift(episode) is None


def test_first_difference_is_named(episode):
    changed = replace(episode, hashes=episode.hashes.copy(), recipe=replace(episode.recipe, ale_version="0.9.0"))
    changed.hashes[[31, 40]] ^= np.uint64(1)
    found = drift(changed)
    assert (found.entry, found.recorded, found.installed) == (31, "0.9.0", ale_version())
    assert found.message == (
        f"the episode was recorded with ALE 0.9.0, and the installed ALE {ale_version()} plays it differently from "
        "decision 30 on; the recorded frames are shown"
    )


def test_other_actions_other_seed_other_noops_are_drift(episode):
    actions = episode.recipe.actions.copy()
    actions[20] = 3
    found = drift(replace(episode, recipe=replace(episode.recipe, actions=actions)))
    assert 21 <= found.entry <= 23  # the paddle starts to move a frame or two later
    assert drift(replace(episode, recipe=replace(episode.recipe, seed=5))) is not None
    found = drift(replace(episode, recipe=replace(episode.recipe, noops=episode.recipe.noops + 1)))
    assert "the start of the game" in found.message


def test_rerender_gives_every_entry(episode):
    shapes = {frames.screens.shape for frames in rerender(episode.recipe)}
    assert shapes == {(4, 210, 160)}
    assert sum(1 for _ in rerender(episode.recipe)) == episode.decisions + 1


def test_recipe_with_an_action_the_game_lacks(episode):
    recipe = replace(episode.recipe, actions=np.array([17], np.uint8))
    with pytest.raises(InvalidValue, match="action must be 0 to 3"):
        list(rerender(recipe))
