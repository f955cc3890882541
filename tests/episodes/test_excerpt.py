"""A few decisions under many edits: the same as each edit of the whole game."""

from __future__ import annotations

import numpy as np
import pytest

from rlxai.episodes import play
from rlxai.episodes.edited import edited_observations
from rlxai.episodes.excerpt import Excerpt
from rlxai.errors import InvalidValue
from rlxai.games.edits import game_edits, parse_edit
from rlxai.preprocessing import Preprocessing

DECISIONS = np.array([0, 2, 300, 301, 640, 949])


@pytest.mark.parametrize(
    "settings",
    [Preprocessing(), Preprocessing(pooling="two-decisions", frame_stack=3, stack_order="newest-first", size=60)],
)
def test_an_excerpt_is_edited_as_the_game_is(scripted, settings):
    episode = scripted.seen_by(settings)
    excerpt = Excerpt(episode, DECISIONS)
    np.testing.assert_array_equal(excerpt.observations, episode.observations(DECISIONS))
    for edit in game_edits("breakout").battery.values():
        np.testing.assert_array_equal(excerpt.under(edit), edited_observations(episode, DECISIONS, edit), edit.name)


def test_what_is_not_held_is_not_made_up(scripted):
    excerpt = Excerpt(scripted, np.array([300]))
    excerpt._decisions = np.array([400])
    with pytest.raises(IndexError):
        excerpt.under(parse_edit("breakout", "ball-removed"))


def test_a_game_without_edits_is_refused():
    pong = play("pong", Preprocessing(), lambda _, ram: 0, max_decisions=3)
    with pytest.raises(InvalidValue, match="states of pong cannot be edited"):
        Excerpt(pong, np.array([0]))
