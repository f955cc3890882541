"""Timelines: events from rewards and lives, and the bytes that the player reads."""

import json
import struct

import numpy as np

from rlxai.episodes import load_episode
from rlxai.replay.timeline import Timeline, attribution_timeline, episode_timeline, events


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
