"""From the address to a valid selection."""

import pytest

from dashboards.selection import Selection, address, select
from rlxai.replay.listing import MapSource, ReplayEpisode


def episode_of(*sources: tuple[int, str, str]) -> ReplayEpisode:
    maps = tuple(MapSource(f"task{i}", *source, True, 1.0) for i, source in enumerate(sources))
    return ReplayEpisode("task", 10, 0, 1.0, 100, "game over", maps)


FULL = episode_of(
    *((step, method, target) for step in (10, 20, 30) for method in ("grad-cam", "lrp-epsilon-plus-flat")
      for target in ("advantage", "chosen"))
)  # fmt: skip


def test_the_first_look_compares_first_and_last_snapshot():
    assert select(FULL, {}) == Selection(10, 30, "lrp-epsilon-plus-flat", "advantage", 0)


def test_a_wanted_view_is_kept_and_comes_back_from_its_address():
    view = Selection(20, None, "grad-cam", "chosen", 99)
    assert select(FULL, address(view.to_dict())) == view


@pytest.mark.parametrize(
    ("wanted", "t"), [("100", 99), ("-1", 0), ("x", 0), ("1e3", 0), ("", 0), ("99999999999999999999", 99), ("5", 5)]
)
def test_decisions_stay_within_the_episode(wanted, t):
    assert select(FULL, {"t": wanted}).t == t


def test_unknown_snapshots_methods_and_targets_are_passed_over():
    assert select(FULL, {"a": "11", "b": "x", "method": "<b>", "target": "nothing"}) == select(FULL, {})


def test_one_snapshot_makes_one_panel():
    assert select(episode_of((10, "gradient", "value")), {}) == Selection(10, None, "gradient", "value", 0)


def test_an_unexplained_episode_has_nothing_to_choose():
    assert select(episode_of(), {"a": "10"}) == Selection(None, None, "", "", 0)
