"""Timelines: events from rewards and lives, and the bytes that the player reads."""

import json
import struct

import numpy as np

from rlxai.episodes import load_episode
from rlxai.games.breakout_state import read_state
from rlxai.games.played import Events, Played
from rlxai.replay.bands import Bands
from rlxai.replay.clustered import Clusters
from rlxai.replay.timeline import (
    Timeline,
    attribution_timeline,
    episode_timeline,
    events,
    played_timeline,
    positions,
    told,
    told_apart,
)


def unpack(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """The format as the player reads it, written out independently."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    values = np.frombuffer(data, "<f4", offset=4 + length).reshape(len(header["columns"]), header["rows"])
    return header, dict(zip(header["columns"], values, strict=True))


def test_pack_keeps_columns_and_nan():
    header, columns = unpack(Timeline({"a": np.array([1, np.nan, 3]), "b": np.zeros(3)}, {"é": "x"}).pack())
    assert header["é"] == "x"
    assert header["rows"] == 3
    np.testing.assert_array_equal(columns["a"], np.float32([1, np.nan, 3]))


def test_header_is_padded_so_that_floats_are_aligned():
    for word in ("", "a", "ab", "abc"):
        data = Timeline({"x": np.ones(1)}, {"word": word}).pack()
        assert len(data) % 4 == 0


def test_events_are_in_order_and_belong_to_the_decision_that_caused_them():
    rewards = np.float32([0, 7, 0, 1])
    lives = np.array([5, 5, 4, 4, 3])
    assert events(rewards, lives) == [[1, "reward", 7.0], [1, "life lost", 4], [3, "reward", 1.0], [3, "life lost", 3]]


def test_gaining_a_life_is_no_loss():
    assert events(np.zeros(1), np.array([1, 2])) == []


def test_episode_timeline_says_what_happened(replay_run):
    episode = load_episode(replay_run.commits("episode")[0].folder)
    header, columns = unpack(episode_timeline(episode).pack())
    assert header["screen"] == [210, 160]
    assert header["skip"] == 4
    assert header["actions"] == ["NOOP", "FIRE", "RIGHT", "LEFT"]
    assert np.array(header["palette"]).reshape(256, 3).tolist() == episode.palette.tolist()
    np.testing.assert_array_equal(columns["taken"], episode.taken)
    np.testing.assert_array_equal(columns["lives"], episode.lives[:-1])
    np.testing.assert_array_equal(columns["output_2"], episode.outputs[:, 2])
    assert columns["score"][-1] == episode.score


def test_attribution_header_leaves_out_what_json_cannot_say():
    table = {"decision": np.arange(2), "target": np.array([0.5, 1.5])}
    header, columns = unpack(attribution_timeline(table, {"p999": float("nan"), "signed": True}).pack())
    assert header["summary"] == {"signed": True}
    assert list(columns) == ["target"]


def test_what_the_game_itself_tells_are_events_too():
    seen = {
        "tunnel-opened": Events(np.array([2]), {"column": np.array([17.0])}),
        "ball-above-wall": Events(np.array([3])),
        "paddle-hit": Events(np.array([0]), {"offset": np.array([1.0])}),
    }
    found = told(Played({}, seen, np.zeros((4, 1), np.uint8)))
    assert found == [[2, "tunnel opened", 17], [3, "ball above wall", 0]]


def test_positions_are_those_that_each_decision_sees(replay_run):
    episode = load_episode(replay_run.commits("episode")[0].folder)
    _, columns = unpack(played_timeline(episode).pack())
    states = [read_state(ram[-1]) for ram in episode.ram[:-1]]
    balls = [(s.ball.left + s.ball.right) / 2 if s.ball else np.nan for s in states]
    np.testing.assert_array_equal(columns["ball_x"], np.float32(balls))
    heights = [(s.ball.top + s.ball.bottom) / 2 if s.ball else np.nan for s in states]
    np.testing.assert_array_equal(columns["ball_y"], np.float32(heights))
    paddles = [(s.paddle.left + s.paddle.right) / 2 for s in states]
    np.testing.assert_array_equal(columns["paddle_x"], np.float32(paddles))
    assert np.isfinite(columns["ball_x"]).any()


def test_a_paddle_that_moves_upwards_has_a_y():
    series = {"ball": np.ones(2), "ball-column": np.zeros(2), "paddle": np.full(2, 5.0)}
    assert list(positions(Played(series, {}, np.zeros((2, 1), np.uint8)))) == ["ball_y", "ball_x", "paddle_y"]


def test_a_game_that_says_nothing_has_no_positions():
    assert positions(Played({"in-play": np.ones(2)}, {}, np.zeros((2, 1), np.uint8))) == {}


def test_attribution_timeline_carries_band_and_clusters():
    bands = Bands({"ball": (0.5, 1.5)}, networks=5)
    clusters = Clusters(np.float32([np.nan, 1]), ("ball", "paddle"), (False, True), "lrp of advantage")
    table = {"decision": np.arange(2), "target": np.zeros(2)}
    header, columns = unpack(attribution_timeline(table, {}, bands, clusters).pack())
    assert header["bands"] == {"ball": [0.5, 1.5]}
    assert header["networks"] == 5
    assert header["clusters"] == {"names": ["ball", "paddle"], "candidates": [False, True], "of": "lrp of advantage"}
    np.testing.assert_array_equal(columns["cluster"], np.float32([np.nan, 1]))


def test_equal_shares_of_the_stacked_frames_are_said_once_and_not_drawn():
    shares = np.array([[0.25, np.nan, 0.4], [0.25, np.nan, 0.2], [0.25, np.nan, 0.2], [0.25, np.nan, 0.2]])
    assert told_apart(shares)
    assert not told_apart(shares[:, :2])
    assert not told_apart(shares[:, :2] + [[1e-4], [-1e-4], [0], [0]])
    assert not told_apart(np.empty((0, 3)))
    for columns, even in ((shares, False), (shares[:, :2], True)):
        table = {"target": np.zeros(columns.shape[1]), **{f"frame_{c}": column for c, column in enumerate(columns)}}
        timeline = attribution_timeline(table, {})
        assert timeline.meta["even_frames"] is even
        assert ("frame_0" in timeline.columns) is not even
    assert attribution_timeline({"target": np.zeros(3)}, {}).meta["even_frames"] is False
