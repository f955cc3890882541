"""Preprocessings of other frameworks: planes and stacks against literal formulas, live and looked at again."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from rlxai.episodes import drift, load_episode, play, save_episode
from rlxai.errors import InvalidValue
from rlxai.games import Emulator, follow_ball
from rlxai.preprocessing import Preprocessing

ACTIONS = Emulator("breakout").actions
FOREIGN = Preprocessing(
    stack_order="newest-first", resize="linear", grey="rec709", pooling="two-decisions", pool_on="rgb",
    rounding="truncate", stack_start="repeat", stack_on_life_loss="repeat", noop_max=0, fire_on_reset=False,
    opening_max=10,
)  # fmt: skip


def seen_by_rlcode(episode):
    """Observations as the A3C agent of rlcode/reinforcement-learning-kr makes them, in its own words (MIT, 2017).

    `next_observe` is the last screen of a decision, `observe` that of the one before.
    """
    weights = np.array([0.2125, 0.7154, 0.0721])  # skimage.color.rgb2gray
    screens = episode.palette[episode.screens[:][:, -1]]

    def pre_processing(next_observe, observe):
        grey = (np.maximum(next_observe, observe) / 255) @ weights
        return np.uint8(cv2.resize(grey, (84, 84), interpolation=cv2.INTER_LINEAR) * 255)

    states = [pre_processing(screens[0], screens[0])]
    states += [pre_processing(after, before) for before, after in pairwise(screens)]
    histories = [[states[0]] * 4]
    for entry in range(1, episode.decisions):
        dead = episode.lives[entry] < episode.lives[entry - 1]
        begins = entry == episode.recipe.opening
        histories.append([states[entry]] * 4 if dead or begins else [states[entry], *histories[-1][:3]])
    return np.array(histories)


@pytest.fixture(scope="module")
def played():
    """A game that loses lives, and what the player saw."""
    live = []

    def policy(observation, ram):
        live.append(observation)
        return ACTIONS.index(follow_ball(ram)) if len(live) % 200 < 120 else 0

    return play("breakout", FOREIGN, policy, seed=3, max_decisions=500), np.array(live)


def test_the_rlcode_series_sees_what_its_authors_made(played):
    episode, live = played
    assert (np.diff(episode.lives) < 0).sum() >= 2
    assert episode.recipe.opening > 1
    np.testing.assert_array_equal(live, seen_by_rlcode(episode))
    np.testing.assert_array_equal(episode.observations(slice(None)), live)
    scattered = np.array([300, 3, 0, 77, 78])
    np.testing.assert_array_equal(episode.observations(scattered), live[scattered])


def test_the_opening_is_pressed_kept_and_found_again(played, tmp_path):
    episode, live = played
    opening = episode.recipe.opening
    assert [ACTIONS[button] for button in episode.recipe.actions[:opening]] == ["FIRE"] * opening
    assert (episode.taken[:opening] == ACTIONS.index("FIRE")).all()
    save_episode(episode, tmp_path / "episode")
    loaded = load_episode(tmp_path / "episode")
    assert (loaded.preprocessing, loaded.recipe.opening) == (FOREIGN, opening)
    np.testing.assert_array_equal(loaded.observations(slice(0, 30)), live[:30])
    assert drift(loaded) is None
    few = replace(FOREIGN, opening_max=2)
    openings = [play("breakout", few, lambda *_: 0, seed=seed, max_decisions=1).recipe.opening for seed in range(4)]
    assert set(openings) == {1, 2}


def test_masks_cover_both_frames_of_a_plane_and_are_repeated_with_it(played):
    episode, _ = played
    entry = 1 + int(np.flatnonzero(np.diff(episode.lives) < 0)[0])
    after_loss, later = episode.masks(np.array([entry, entry + 1]))
    assert (after_loss == after_loss[0]).all()
    assert (later[1:] == later[1]).all()
    own, default = (
        e.masks(np.array([100]))[0, 0] for e in (episode, episode.seen_by(Preprocessing(stack_order="newest-first")))
    )
    ball = episode.mask_names.index("visible-ball")
    assert own[ball].sum() > default[ball].sum() > 0  # the ball of two decisions lies further apart than of two frames


@pytest.mark.parametrize("game", ["breakout", "seaquest"])
@pytest.mark.parametrize(
    "settings",
    [
        {"pooling": "last-frame", "stack_start": "repeat", "frame_skip": 3},
        {"grey": "rec709", "pool_on": "rgb"},
        {"pool_on": "rgb", "stack_on_life_loss": "zeros"},
        {"pooling": "two-decisions", "rounding": "truncate", "stack_on_life_loss": "repeat", "opening_max": 6},
    ],
)
def test_live_observations_equal_those_rendered_again(game, settings):
    live = []

    def policy(observation, ram):
        live.append(observation)
        return len(live) % 3

    episode = play(game, Preprocessing(**settings), policy, seed=5, max_decisions=150)
    np.testing.assert_array_equal(episode.observations(slice(None)), live)
    default = play(game, Preprocessing(frame_skip=settings.get("frame_skip", 4)), lambda *_: 0, max_decisions=20)
    assert (default.seen_by(Preprocessing(**default.preprocessing.to_dict())).observations(slice(None))
            == default.observations(slice(None))).all()  # fmt: skip


def test_planes_by_formula(scripted):
    """Each colour weighting, maximum and rounding on its own, in a decision where the ball moves."""
    first, second = scripted.screens[300][-2:]
    colours = scripted.palette.astype(float)
    luminance, rec709 = scripted.grey.astype(float), colours @ [0.2125, 0.7154, 0.0721]
    brightest = np.maximum(colours[first], colours[second])

    def resized(picture):
        return cv2.resize(picture, (84, 84), interpolation=cv2.INTER_AREA)

    def seen(**settings):
        return scripted.seen_by(Preprocessing(**settings)).planes(300, 301)[0]

    grey709 = np.rint(rec709).astype(np.uint8)
    np.testing.assert_array_equal(seen(grey="rec709"), resized(np.maximum(grey709[first], grey709[second])))
    np.testing.assert_array_equal(seen(pooling="last-frame"), resized(scripted.grey[second]))
    kept = np.maximum(luminance[first], luminance[second]) / 255
    np.testing.assert_array_equal(seen(rounding="truncate"), np.floor(resized(kept) * 255))
    rgb = cv2.cvtColor(brightest.astype(np.uint8), cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(seen(pool_on="rgb"), resized(rgb))
    previous = scripted.screens[299][-1]
    pooled = np.maximum(scripted.grey[previous], scripted.grey[second])
    np.testing.assert_array_equal(seen(pooling="two-decisions"), resized(pooled))
    assert len({seen(**s).tobytes() for s in ({}, {"pooling": "last-frame"}, {"pooling": "two-decisions"})}) == 3


def test_zeros_after_a_lost_life():
    lost = Preprocessing(stack_on_life_loss="zeros")
    episode = play("breakout", lost, lambda *_: 0, max_decisions=200)
    entry = 1 + int(np.flatnonzero(np.diff(episode.lives) < 0)[0])
    after, later = episode.observations(np.array([entry, entry + 1]))
    assert not after[:3].any()
    assert after[3].any()
    assert not later[:2].any()
    np.testing.assert_array_equal(later[2], after[3])


def test_defaults_are_described_by_the_bytes_of_before():
    assert json.dumps(Preprocessing().to_dict()) == (
        '{"frame_skip": 4, "frame_stack": 4, "stack_order": "oldest-first", "size": 84, "resize": "area", '
        '"sticky": 0.0, "noop_max": 30, "fire_on_reset": true, "fire_on_life_loss": true}'
    )
    assert Preprocessing.from_dict({}) == Preprocessing()
    assert Preprocessing.from_dict(FOREIGN.to_dict()) == FOREIGN
    assert Preprocessing.from_dict(FOREIGN.changes()) == FOREIGN
    assert Preprocessing(grey="rec709").to_dict() == Preprocessing().to_dict() | {"grey": "rec709"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("grey", "red"), ("pooling", "mean"), ("pool_on", "hsv"), ("rounding", "up"), ("stack_start", "keep"),
        ("stack_on_life_loss", "drop"), ("opening_max", 2000), ("opening_action", ""), ("pooling", 2),
    ],
)  # fmt: skip
def test_values_outside_their_domain(name, value):
    with pytest.raises(InvalidValue, match=f"preprocessing {name} must be "):
        Preprocessing.from_dict({name: value})


def test_an_opening_needs_its_button():
    with pytest.raises(InvalidValue, match="breakout has no action 'UP'"):
        play("breakout", Preprocessing(opening_max=3, opening_action="UP"), lambda *_: 0, max_decisions=1)


def test_what_the_vectorised_emulator_lacks_is_named():
    assert Preprocessing(frame_skip=3, size=64, sticky=0.25, noop_max=1).beyond_vector_env() == {}
    assert FOREIGN.beyond_vector_env() == {
        "stack_order": "newest-first", "resize": "linear", "grey": "rec709", "pooling": "two-decisions",
        "pool_on": "rgb", "rounding": "truncate", "stack_start": "repeat", "stack_on_life_loss": "repeat",
        "opening_max": 10,
    }  # fmt: skip
