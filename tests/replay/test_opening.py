from __future__ import annotations

import gzip

import pytest

from rlxai.replay.answers import addresses, answer, begin
from rlxai.replay.listing import replay_episodes
from rlxai.replay.opening import first_addresses


@pytest.fixture
def shown(replay_run):
    return replay_episodes(replay_run)[0][0]


def test_what_comes_first_is_among_what_the_player_asks_for(replay_run, shown):
    found = first_addresses(shown, {})
    assert set(found) <= set(addresses(shown, shown.maps))
    assert found[:2] == [f"episode/{shown.task}/timeline", f"episode/{shown.task}/frames/0"]


def test_a_link_says_where_and_which_maps(shown):
    source = shown.maps[-1]
    words = {"t": str(shown.decisions - 1), "p": f"7,none,none;{source.step},{source.method},{source.target}"}
    k = (shown.decisions - 1) // 64
    assert f"attribution/{source.task}/maps/{k}" in first_addresses(shown, words)
    assert sum("maps" in path for path in first_addresses(shown, words)) == 1


@pytest.mark.parametrize("t", ["", "x", "-1", "9" * 12, "٣", "1e3"])
def test_a_strange_moment_is_the_start_and_a_late_one_the_end(shown, t):
    assert first_addresses(shown, {"t": t})[1].endswith("/frames/0")
    assert first_addresses(shown, {"t": "99999"})[1].endswith(f"/frames/{(shown.decisions - 1) // 64}")


def test_what_is_begun_is_what_is_answered_and_damage_is_left_to_the_answer(replay_run, shown):
    paths = first_addresses(shown, {})
    begin(replay_run, [*paths, "episode/none/timeline"])
    assert all(gzip.decompress(answer(replay_run, path)) for path in paths)
