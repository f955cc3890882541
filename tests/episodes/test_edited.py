"""Edited observations of real play: equal to the recorded ones but for the edit, and drawn to the pixel."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from rlxai.episodes import Episode, load_episode, play, save_episode
from rlxai.episodes.edited import edited, edited_observations
from rlxai.episodes.excerpt import Excerpt
from rlxai.errors import InvalidValue
from rlxai.games import Breakout, render_grey
from rlxai.games.edit import IDENTITY
from rlxai.games.edits import parse_edit
from rlxai.preprocessing import Preprocessing

EVERY = slice(0, None, 19)


def edit(text):
    return parse_edit("breakout", text)


def drawn(episode: Episode, decision: int, change) -> np.ndarray:
    """The newest plane from scratch: both frames drawn from edited RAM, the score line from the screen."""
    frames = [render_grey(change.ram(episode.ram[decision, frame])) for frame in (2, 3)]
    for frame, screen in zip(frames, episode.screens[decision, 2:], strict=True):
        frame[:17] = episode.grey[screen][:17]
    return cv2.resize(np.maximum(*frames), (84, 84), interpolation=cv2.INTER_AREA)


def test_nothing_edited_is_the_observation_itself(scripted):
    np.testing.assert_array_equal(edited_observations(scripted, EVERY, IDENTITY), scripted.observations(EVERY))
    np.testing.assert_array_equal(edited(scripted, IDENTITY).masks(EVERY), scripted.masks(EVERY))


@pytest.mark.parametrize(
    "text",
    ["ball-removed", "ball-moved:15:-8", "ball-mirrored", "paddle-moved:20", "tunnel-carved:4", "tunnel-closed",
     "row-removed:4", "bricks-shifted:3", "bricks-mirrored + ball-removed"],
)  # fmt: skip
def test_an_edited_observation_is_drawn_from_the_edited_ram(scripted, text):
    decisions = np.arange(4, scripted.decisions, 29)
    observations = edited_observations(scripted, decisions, edit(text))
    assert observations.dtype == np.uint8
    for decision, observation in zip(decisions, observations, strict=True):
        np.testing.assert_array_equal(observation[-1], drawn(scripted, decision, edit(text)))
        np.testing.assert_array_equal(observation[0], drawn(scripted, decision - 3, edit(text)))


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("ball-removed", {"ball"}), ("ball-mirrored", {"ball"}), ("paddle-moved:-25", {"paddle"}),
        ("tunnel-carved:9", {"bricks", "tunnel", "channel"}), ("bricks-restored", {"bricks", "tunnel", "channel"}),
    ],
)  # fmt: skip
def test_no_cell_changes_but_those_of_the_object(scripted, text, objects):
    changed = edited_observations(scripted, EVERY, edit(text)) != scripted.observations(EVERY)  # (N, C, H, W)
    assert changed.any(axis=(1, 2, 3)).mean() > 0.5
    masks = np.maximum(scripted.masks(EVERY), edited(scripted, edit(text)).masks(EVERY))  # (N, C, K, H, W)
    within = masks[:, :, [name in objects for name in Breakout.names]].any(axis=2)
    assert not (changed & ~within).any()


def test_score_and_lives_turn_black_and_nothing_else_changes(scripted):
    decisions = np.arange(4, scripted.decisions, 97)
    before = scripted.observations(decisions)
    for text, columns in (("score-hidden", slice(18, 43)), ("lives-hidden", slice(52, 59))):
        after = edited_observations(scripted, decisions, edit(text))
        line = np.zeros((84, 84), bool)
        line[:6, columns] = True
        assert (before != after).any()
        assert not after[:, :, line].any()
        np.testing.assert_array_equal(before[:, :, ~line], after[:, :, ~line])
    both = edited_observations(scripted, decisions, edit("score-hidden + lives-hidden + ball-removed"))
    assert not both[:, :, :6, 18:59].any()


def test_edits_are_seen_as_the_agent_sees(scripted):
    settings = Preprocessing(size=60, frame_stack=2, stack_order="newest-first", resize="linear")
    episode = scripted.seen_by(settings)
    observation = edited_observations(episode, np.array([0, 400]), edit("ball-removed"))
    assert observation.shape == (2, 2, 60, 60)
    assert not observation[0, 1].any()  # before the game
    frames = [render_grey(edit("ball-removed").ram(scripted.ram[400, frame])) for frame in (2, 3)]
    expected = cv2.resize(np.maximum(*frames), (60, 60), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(observation[1, 0, 10:], expected[10:])


def test_a_saved_episode_can_be_edited(scripted, tmp_path):
    save_episode(scripted, tmp_path)
    decisions = np.array([5, 300])
    np.testing.assert_array_equal(
        edited_observations(load_episode(tmp_path), decisions, edit("tunnel-carved:1")),
        edited_observations(scripted, decisions, edit("tunnel-carved:1")),
    )


def test_the_screen_of_a_game_that_is_over_is_kept(tmp_path):
    episode = play("breakout", Preprocessing(), lambda _, ram: 1, max_decisions=800)  # presses FIRE until it is over
    assert episode.end == "game over"
    last = edited(episode, IDENTITY).planes(episode.decisions - 3, episode.decisions + 1)
    np.testing.assert_array_equal(last, episode.planes(episode.decisions - 3, episode.decisions + 1))


def test_a_game_without_edits_is_refused(scripted):
    pong = play("pong", Preprocessing(), lambda _, ram: 0, max_decisions=3)
    with pytest.raises(InvalidValue, match="states of pong cannot be edited"):
        edited_observations(pong, slice(None), IDENTITY)
    with pytest.raises(InvalidValue, match="decisions go from 0 to"):
        edited_observations(scripted, np.array([10_000]), IDENTITY)


def test_recoloured_bricks_change_no_cell_but_those_of_bricks_and_ball(scripted):
    decisions = np.arange(4, scripted.decisions, 97)
    before, after = (
        scripted.observations(decisions),
        edited_observations(scripted, decisions, edit("bricks-recoloured:3")),
    )
    masks = scripted.masks(decisions)
    bricks, ball = (masks[:, :, Breakout.names.index(name)] > 0 for name in ("bricks", "ball"))
    assert not ((before != after) & ~bricks & ~ball).any()
    assert (before != after)[bricks].mean() > 0.9


@pytest.mark.parametrize(("order", "newest"), [("oldest-first", -1), ("newest-first", 0)])
def test_a_stilled_stack_is_its_newest_frame_in_all_places(scripted, order, newest):
    episode = scripted.seen_by(replace(scripted.preprocessing, stack_order=order))
    decisions = np.arange(4, scripted.decisions, 97)
    still = edited_observations(episode, decisions, edit("ball-moved:5:0 + stilled"))
    moved = edited_observations(episode, decisions, edit("ball-moved:5:0"))
    for place in range(4):
        np.testing.assert_array_equal(still[:, place], moved[:, newest])
    assert (still != moved).any()
    np.testing.assert_array_equal(Excerpt(episode, decisions).under(edit("ball-moved:5:0 + stilled")), still)
