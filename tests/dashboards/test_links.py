"""Addresses of Replay, and text that Markdown shows as it is."""

import pytest

from dashboards.links import replay_link, snapshot_link
from dashboards.words import plain, steps_words
from rlxai.replay.listing import MapSource, ReplayEpisode


def episode(task: str, step: int | None, *sources: tuple[int, str, str]) -> ReplayEpisode:
    maps = tuple(MapSource(f"{task}{i}", *source, True, 1.0) for i, source in enumerate(sources))
    return ReplayEpisode(task, step, 0, 1.0, 100, "game over", maps)


def test_a_link_says_only_what_is_known():
    assert replay_link("r") == {"run": "r"}
    assert replay_link("r", "e", 0, [(1, "m", "t"), (2, "n", "u")]) == {
        "run": "r", "episode": "e", "t": "0", "p": "1,m,t;2,n,u",
    }  # fmt: skip


def test_a_snapshot_opens_with_the_maps_wanted_or_the_nearest_there_are():
    games = [episode("a", 9, (5, "grad-cam", "value")), episode("b", 5, (5, "lrp", "advantage"), (6, "lrp", "chosen"))]
    assert snapshot_link("r", 5, games, "lrp", "advantage") == replay_link("r", "b", panels=[(5, "lrp", "advantage")])
    assert snapshot_link("r", 6, games, "x", "y") == replay_link("r", "b", panels=[(6, "lrp", "chosen")])
    assert snapshot_link("r", 9, games, "x", "y") == replay_link("r", "a")
    assert snapshot_link("r", 7, [], "x", "y") == {"run": "r"}


@pytest.mark.parametrize("text", ["![x](y)", "<b>", "**a**", ":red[x]", "$a$", "# a", "[a](b)", "a|b", "`c`", "&lt;"])
def test_markup_is_text(text):
    shown = plain(text)
    assert shown.replace("\\", "") == text
    assert all(shown[i - 1] == "\\" for i, sign in enumerate(shown) if sign in "!<*:$#[|`&")


@pytest.mark.parametrize(("step", "words"), [(0, "0"), (999, "999"), (30_000, "30 k"), (1_250_000, "1.25 M")])
def test_steps_in_few_letters(step, words):
    assert steps_words(step) == words
