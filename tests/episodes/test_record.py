from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from rlxai.episodes import play, record, rerender
from rlxai.errors import InvalidValue
from rlxai.games import Breakout, Emulator, follow_ball
from rlxai.preprocessing import Preprocessing

BREAKOUT = Emulator("breakout").actions


def pressed(episode):
    """Names of the buttons that the emulator got."""
    names = Emulator(episode.recipe.game).actions
    return [names[action] for action in episode.recipe.actions]


def test_agent_acts_on_what_the_episode_shows(make_agent):
    agent = make_agent()
    episode = record(agent, seed=3, max_decisions=100)
    observations = episode.observations(slice(None))
    assert observations.shape == (100, 4, 84, 84)
    outputs = np.concatenate([agent.q_values(one[None]) for one in observations])  # batches round differently
    np.testing.assert_array_equal(episode.outputs, outputs)
    np.testing.assert_array_equal(episode.chosen, outputs.argmax(axis=1))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"stack_order": "newest-first", "resize": "linear"},
        {"frame_stack": 2, "frame_skip": 2, "size": 64, "sticky": 0.25},
    ],
)
@pytest.mark.parametrize("game", ["breakout", "seaquest"])
def test_observations_rendered_again_equal_the_live_ones(game, settings):
    live = []

    def policy(observation, ram):
        live.append(observation)
        return len(live) // 5 % 6 % len(Emulator(game).actions) if len(live) % 40 == 1 else len(live) % 3

    episode = play(game, Preprocessing(**settings), policy, seed=5, max_decisions=70)
    np.testing.assert_array_equal(episode.observations(slice(None)), live)
    chosen = np.array([69, 0, 33, 33, 1, 34])
    np.testing.assert_array_equal(episode.observations(chosen), np.stack(live)[chosen])
    assert not live[0].all(axis=(1, 2)).any()


def test_planes_before_the_game_are_zero(scripted):
    first = scripted.observations(np.array([0, 1]))
    assert not first[0, :3].any()
    assert not first[1, :2].any()
    np.testing.assert_array_equal(first[1, 2:], scripted.planes(0, 2))
    masks = scripted.masks(np.array([0, 1]))
    assert not masks[0, :3].any()
    assert masks[0, 3].any()


def test_masks_follow_the_stack_order():
    def episode(order):
        return play("breakout", Preprocessing(stack_order=order), lambda *_: 2, max_decisions=30)

    oldest, newest = (episode(order).masks(slice(10, 20)) for order in ("oldest-first", "newest-first"))
    np.testing.assert_array_equal(oldest, newest[:, ::-1])
    assert (oldest[:, 0] != oldest[:, 3]).any()


def test_masks_and_planes_of_a_decision_belong_together(scripted):
    """Where a brick or the paddle covers a cell wholly, the plane is not black, and the free field is."""
    decisions = np.arange(900, 920)
    masks = scripted.masks(decisions)
    named = dict(zip(scripted.mask_names, np.moveaxis(masks, 2, 0), strict=True))
    planes = scripted.observations(decisions)
    solid = named["bricks"] + named["paddle"] + named["wall"] > 0.999
    assert (planes[solid] > 80).all()
    covered = np.maximum.reduce(list(named.values())) > 0
    field = np.zeros_like(covered)
    field[:, :, 16:76, 8:76] = True
    assert not planes[field & ~covered].any()


def test_actions_map_by_name(make_agent):
    names = ("LEFT", "FIRE", "RIGHT")
    episode = record(make_agent(names), seed=0, max_decisions=60, epsilon=0.5)
    assert [names[action] for action in episode.taken] == pressed(episode)
    assert len(set(pressed(episode))) == 3


def test_fire_is_forced_after_a_lost_life(scripted):
    def idle(_observation, ram):
        return 0

    episode = play("breakout", Preprocessing(), idle, max_decisions=5000)
    assert episode.end == "game over"
    assert episode.message == ""
    lost = np.flatnonzero(np.diff(episode.lives) < 0)
    assert len(lost) == 5
    buttons = pressed(episode)
    assert [t for t, button in enumerate(buttons) if button == "FIRE"] == [t + 1 for t in lost[:-1]]
    assert set(episode.chosen) == {0}
    assert (episode.taken[lost[:-1] + 1] == BREAKOUT.index("FIRE")).all()


def test_fire_is_forced_on_agents_without_that_button():
    episode = play("breakout", Preprocessing(), lambda *_: 1, actions=("LEFT", "RIGHT"), max_decisions=2000)
    assert episode.end == "game over"
    assert set(pressed(episode)) == {"RIGHT", "FIRE"}
    assert set(episode.taken) == {1}


def test_policy_that_never_fires_ends_with_a_message():
    episode = play("breakout", Preprocessing(fire_on_reset=False, fire_on_life_loss=False), lambda *_: 2)
    assert episode.end == "stalled"
    assert episode.decisions == 200
    assert episode.message == "breakout waited 200 decisions for FIRE, which the policy does not press"


def test_cap_is_said(make_agent):
    episode = record(make_agent(), max_decisions=7)
    assert (episode.end, episode.decisions) == ("cap", 7)
    assert "after 7 decisions" in episode.message
    assert episode.screens.shape == (8, 4, 210, 160)
    assert episode.ram.shape == (8, 4, 128)


def test_games_without_known_objects_have_no_masks(make_agent):
    episode = record(make_agent(game="seaquest"), max_decisions=20)
    assert episode.masks(slice(None)) is None
    assert episode.mask_names == ()


def test_same_seed_same_game(make_agent):
    agent = make_agent()
    first, again, other = (record(agent, seed=s, max_decisions=80, epsilon=0.3) for s in (1, np.int64(1), 2))
    np.testing.assert_array_equal(first.hashes, again.hashes)
    np.testing.assert_array_equal(first.recipe.actions, again.recipe.actions)
    assert again.recipe.to_dict() == first.recipe.to_dict()
    assert not np.array_equal(first.recipe.actions, other.recipe.actions)


def test_exploration_happens_as_often_as_asked(make_agent):
    agent = make_agent()
    assert (record(agent, max_decisions=100).taken == record(agent, max_decisions=100).chosen).all()
    episode = record(agent, seed=1, max_decisions=100, epsilon=1.0)
    assert 0.5 < (episode.taken != episode.chosen).mean() < 0.95  # one in four is the best action by chance


def test_noops_come_from_the_seed_within_their_range():
    def noops(noop_max, seed):
        settings = Preprocessing(noop_max=noop_max)
        return play("breakout", settings, lambda *_: 0, seed=seed, max_decisions=1).recipe.noops

    assert noops(0, 0) == noops(1, 5) == 0
    assert {noops(4, seed) for seed in (0, 1, 11)} == {0, 1, 2}


def test_global_generators_are_left_alone(make_agent):
    agent = make_agent()
    states = [torch.get_rng_state(), random.getstate(), np.random.get_state()]
    record(agent, max_decisions=10, epsilon=0.5)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2][1])


def test_progress_counts_decisions(make_agent):
    calls = []
    record(make_agent(), max_decisions=5, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_entries_are_what_the_emulator_shows(scripted):
    for entry, frames in enumerate(rerender(scripted.recipe)):
        if entry % 50 == 0:
            np.testing.assert_array_equal(scripted.screens[entry], frames.screens)
            np.testing.assert_array_equal(scripted.ram[entry], frames.ram)
            assert scripted.lives[entry] == frames.lives
    assert entry == scripted.decisions
    assert scripted.score == scripted.rewards.sum() > 50


def test_scripted_player_opens_a_tunnel(scripted):
    tunnel = scripted.mask_names.index("tunnel")
    assert not scripted.masks(np.array([10]))[:, :, tunnel].any()
    assert scripted.masks(np.array([940]))[:, :, tunnel].any()
    assert follow_ball(scripted.ram[900, -1]) in BREAKOUT


def test_mistakes(make_agent):
    with pytest.raises(InvalidValue, match=r"parameter game, such as \"breakout\""):
        record(make_agent(game=None))
    assert record(make_agent(game=None), game="breakout", max_decisions=1).recipe.game == "breakout"
    with pytest.raises(InvalidValue, match="breakout has no action 'JUMP'; its actions are NOOP, FIRE, RIGHT, LEFT"):
        record(make_agent(("NOOP", "JUMP")))
    with pytest.raises(InvalidValue, match="no Atari game is called 'brakeout'"):
        record(make_agent(), game="brakeout")
    for name, value in {"max_decisions": 0, "epsilon": 1.5, "seed": 0.5}.items():
        with pytest.raises(InvalidValue, match=f"{name} must be .*, met {value}"):
            record(make_agent(), **{name: value})
    with pytest.raises(InvalidValue, match="action of the policy must be 0 to 3, met 4"):
        play("breakout", Preprocessing(), lambda *_: 4)


@pytest.mark.parametrize("decisions", [np.array([950]), np.array([-1, 3])])
def test_decisions_outside_the_episode(scripted, decisions):
    with pytest.raises(InvalidValue, match="decisions go from 0 to 949"):
        scripted.observations(decisions)


def test_no_decisions(scripted):
    assert scripted.observations(np.array([], int)).shape == (0, 4, 84, 84)
    assert scripted.masks(slice(5, 5)).shape == (0, 4, len(Breakout.names), 84, 84)
    assert scripted.planes(951, 951).shape == (0, 84, 84)
    with pytest.raises(InvalidValue, match="planes go from 0 to 951"):
        scripted.planes(0, 952)


def test_another_agent_sees_the_same_game_through_its_own_preprocessing():
    player = Preprocessing()
    episode = play("breakout", player, lambda _observation, _ram: 2, max_decisions=8)
    other = Preprocessing(resize="linear", size=60, frame_stack=2, stack_order="newest-first")
    again = play("breakout", other, lambda _observation, _ram: 2, max_decisions=8)
    decisions = slice(0, episode.decisions)
    seen = episode.seen_by(other).observations(decisions)
    np.testing.assert_array_equal(seen, again.observations(decisions))
    assert not np.array_equal(episode.observations(decisions)[:, -1, :60, :60], seen[:, 0])
    with pytest.raises(InvalidValue, match="4 frames per decision, the agent to explain uses 3"):
        episode.seen_by(Preprocessing(frame_skip=3))


def test_unnamed_outputs_are_the_games_minimal_actions_in_order():
    names = [f"action {index}" for index in range(4)]
    episode = play("breakout", Preprocessing(), lambda *_: 2, actions=names, max_decisions=5)
    assert pressed(episode) == ["RIGHT"] * 5
    with pytest.raises(InvalidValue, match="breakout has no action 'action 4'"):
        play("breakout", Preprocessing(), lambda *_: 0, actions=[*names, "action 4"], max_decisions=5)
