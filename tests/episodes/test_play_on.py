"""Rallies from edited states: without an edit the recorded game again, with one what the game makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rlxai.episodes import play, record
from rlxai.episodes.edited import edited_observations
from rlxai.episodes.frames import entry_hash
from rlxai.episodes.play_on import Rally, continuable, greedy_player, play_on, recorded_states
from rlxai.errors import InvalidValue, RunError
from rlxai.games import follow_ball, read_state
from rlxai.games.edit import IDENTITY
from rlxai.games.edits import game_edits, parse_edit
from rlxai.preprocessing import Preprocessing
from tests.episodes.conftest import ACTIONS

AIM = game_edits("breakout").aims["tunnel"]


def script(observations, ram):
    return np.array([ACTIONS.index(follow_ball(frame)) for frame in ram])


@pytest.mark.parametrize("settings", [Preprocessing(), Preprocessing(pooling="two-decisions", size=60)])
def test_without_an_edit_the_recorded_game_goes_on_bit_by_bit(settings):
    episode = play("breakout", settings, lambda _, ram: ACTIONS.index(follow_ball(ram)), seed=3, max_decisions=160)
    (first, second) = [state.under(IDENTITY) for state in recorded_states(episode, [20, 90])]
    rallies = {
        90: Rally(second, ACTIONS, 4),
        20: Rally(first, ACTIONS, 4),
    }  # of one emulator, one decision each in turn
    for ahead in range(65):
        for start, rally in rallies.items():
            decision = start + ahead
            np.testing.assert_array_equal(rally.observation, episode.observations(np.array([decision]))[0])
            frames = rally.press(int(episode.taken[decision]))
            assert entry_hash(frames.screens, frames.ram) == int(episode.hashes[decision + 1])
    assert rallies[20].points == episode.rewards[20:85].sum()
    np.testing.assert_array_equal(rallies[20].ram[1:].reshape(65, 4, 128), episode.ram[21:86])


def test_rallies_of_a_game_with_sticky_actions_have_none():
    settings = Preprocessing(sticky=0.5)
    episode = play("breakout", settings, lambda _, ram: ACTIONS.index(follow_ball(ram)), seed=3, max_decisions=60)
    (state,) = recorded_states(episode, [40])
    beginning = state.under(IDENTITY)
    np.testing.assert_array_equal(beginning.observation, episode.observations(np.array([40]))[0])
    rams = []
    for other in ("RIGHT", "LEFT"):
        rally = Rally(beginning, ACTIONS, 4)
        state.emulator.step(ACTIONS.index(other), 4)  # must leave no trace
        rally.press(ACTIONS.index("LEFT"))
        rams.append(rally.ram)
    np.testing.assert_array_equal(rams[0], rams[1])
    np.testing.assert_array_equal(rams[0][0], episode.ram[40, -1])


def test_an_agent_plays_on_as_it_played_until_the_life_is_lost(make_agent):
    agent = make_agent()
    episode = record(agent, seed=1, max_decisions=120, epsilon=0.0)
    start = int(np.flatnonzero(continuable(episode))[0])
    rally = Rally(recorded_states(episode, [start])[0].under(IDENTITY), agent.actions, 4)
    play_on([rally], greedy_player(agent), 200)
    lost = int(np.flatnonzero(np.diff(episode.lives) < 0)[0])
    assert rally.over
    np.testing.assert_array_equal(rally.ram[1:].reshape(-1, 4, 128), episode.ram[start + 1 : lost + 2])


def test_an_edited_state_looks_as_if_it_had_always_been_so_and_stays(scripted):
    (state,) = recorded_states(scripted, [100])
    change = parse_edit("breakout", "tunnel-carved:6")
    beginning = state.under(change)
    seen = edited_observations(scripted, np.array([100]), change)[0]
    np.testing.assert_array_equal(beginning.observation, seen)
    rally = Rally(beginning, ACTIONS, 4)
    play_on([rally], script, 5)
    assert not read_state(rally.latest).bricks[:, 6].any()
    assert read_state(rally.latest).bricks[:, 5].any()
    np.testing.assert_array_equal(rally.observation[:, 23:37, 30:33], 0)  # the column, in all planes


def test_edits_that_the_game_would_undo_are_refused(scripted):
    (state,) = recorded_states(scripted, [100])
    for text in ("ball-removed", "paddle-moved:20", "score-hidden"):
        with pytest.raises(InvalidValue, match=f"^{text} is for observations only: the game .*[^.]$"):
            state.under(parse_edit("breakout", text))


def test_who_does_not_look_at_the_wall_reaches_a_column_whether_or_not_it_is_carved(scripted):
    falling = continuable(scripted) & np.array([AIM.starts(frame) for frame in scripted.ram[:-1, -1]])
    reached = []
    for number, state in enumerate(recorded_states(scripted, np.flatnonzero(falling)[[0, 40, 90]].tolist())):
        edits = [IDENTITY, *map(AIM.edit, AIM.places)]
        twin, *carved = [Rally(state.under(edit), ACTIONS, 4, epsilon=0.05, seed=number) for edit in edits]
        play_on([twin, *carved], script, 110)
        for place, rally in zip(AIM.places, carved, strict=True):
            assert AIM.reached(rally.ram, place) == AIM.reached(twin.ram, place)
            assert not AIM.used(twin.ram, place)
            reached.append(AIM.reached(rally.ram, place))
    assert any(reached)
    assert not all(reached)


def test_rallies_of_one_seed_explore_alike(scripted):
    (state,) = recorded_states(scripted, [100])
    rams = []
    for seed in (5, 5, 6):
        rally = Rally(state.under(IDENTITY), ACTIONS, 4, epsilon=0.5, seed=seed)
        play_on([rally], script, 12)
        rams.append(rally.ram)
    np.testing.assert_array_equal(rams[0], rams[1])
    assert len(rams[0]) != len(rams[2]) or (rams[0] != rams[2]).any()


def test_forced_decisions_and_planes_from_before_the_life_are_no_beginning(make_agent):
    episode = record(make_agent(), seed=1, max_decisions=120, epsilon=0.0)
    lost = np.flatnonzero(np.diff(episode.lives) < 0) + 1
    possible = continuable(episode)
    assert possible.any()
    assert not possible[:3].any()
    assert possible[3]
    assert not possible[lost[0]]  # FIRE is forced
    zeroed = continuable(episode.seen_by(Preprocessing(stack_on_life_loss="zeros")))
    assert not zeroed[lost[0] : lost[0] + 3].any()
    assert zeroed[lost[0] + 3]


def test_a_game_that_the_emulator_plays_differently_is_refused(scripted):
    other = replace(scripted, hashes=scripted.hashes + np.uint64(1))
    with pytest.raises(RunError, match=r"plays it differently from decision 49 on.*cannot be played on from there"):
        recorded_states(other, [50])
