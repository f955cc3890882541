"""What the player is told at its start."""

import base64
import json

import numpy as np

from rlxai.replay import colour
from rlxai.replay.listing import MapSource, ReplayEpisode, own_episodes, replay_episodes, snapshot_labels
from rlxai.replay.view import player_input
from tests.small_run import METHODS, STEPS


def game(task, step, seed=0, maps=0):
    sources = tuple(MapSource(f"{task}{i}", step or 0, "m", "t", True, 1.0) for i in range(maps))
    return ReplayEpisode(task, step, seed, 1.0, 100, "game over", sources)


def test_the_input_is_plain_and_whole(replay_run):
    episodes, _ = replay_episodes(replay_run)
    data = player_input(replay_run, episodes, episodes[0], base="/rlxai/x", select={"t": "5"})
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["base"] == "/rlxai/x"
    assert data["select"] == {"t": "5"}
    assert data["episodes"][0]["task"] == episodes[0].task
    assert {source["method"] for source in data["episodes"][0]["maps"]} == set(METHODS)
    assert [snapshot["step"] for snapshot in data["snapshots"]] == list(STEPS)
    assert "paddle" in data["objects"]


def test_every_colour_map_is_told_signed_ones_first(replay_run):
    episodes, _ = replay_episodes(replay_run)
    luts = player_input(replay_run, episodes, episodes[0])["luts"]
    assert tuple(luts) == colour.names()
    for name, lut in luts.items():
        assert lut["signed"] == (name in colour.names(signed=True))
        table = np.frombuffer(base64.b64decode(lut["table"]), np.uint8).reshape(-1, 3)
        np.testing.assert_array_equal(table, colour.lut(name))


def test_own_games_are_the_best_explained_then_of_the_same_seed():
    shown = game("shown", 20, seed=1)
    episodes = [game("a", 10, 0, 1), game("b", 10, 1), game("c", 20, 0, 5), game("d", 30, 0), game("e", 30, 1),
                game("scripted", None), shown]  # fmt: skip
    assert {step: own.task for step, own in own_episodes(episodes, shown).items()} == {10: "a", 20: "shown", 30: "e"}
    assert own_episodes(episodes, game("scripted", None))[20].task == "c"


def test_own_play_can_be_left_out(replay_run):
    episodes, _ = replay_episodes(replay_run)
    data = player_input(replay_run, episodes, episodes[0], own_play=False)
    assert data["own"] == {}
    assert len(data["episodes"]) == 1


def test_labels_name_every_snapshot(replay_run):
    assert set(snapshot_labels(replay_run)) == set(STEPS)
    assert snapshot_labels(replay_run)[1000].startswith("step 1,000")
