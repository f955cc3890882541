"""What can be replayed is read from commits, and damage to one does not hide the others."""

import shutil
from pathlib import Path

import pytest

from rlxai.replay import registry
from rlxai.replay.listing import replay_episodes
from rlxai.store import Run, open_run
from tests.small_run import METHODS, STEPS


@pytest.fixture
def own_run(replay_run: Run, tmp_path: Path) -> Run:
    """A copy that a test may damage."""
    shutil.copytree(replay_run.path, tmp_path / "own")
    return open_run(tmp_path / "own")


def test_an_episode_lists_its_maps(replay_run):
    (episode,), problems = replay_episodes(replay_run)
    assert problems == []
    assert episode.steps == STEPS
    assert episode.methods == tuple(sorted(METHODS))
    assert episode.targets == ("advantage",)
    assert {source.method: source.signed for source in episode.maps} == {"gradient-x-input": True, "grad-cam": False}
    assert all(source.scale > 0 for source in episode.maps if source.method == "gradient-x-input")


def test_a_damaged_commit_is_named_and_the_rest_listed(own_run):
    record = own_run.records("attribution")[0]
    record.write_text(record.read_text().replace("advantage", "advantagE"))
    (episode,), problems = replay_episodes(own_run)
    assert len(problems) == 1
    assert record.name in problems[0]
    assert len(episode.maps) == 3


def test_runs_get_names_fit_for_addresses(own_run, tmp_path):
    odd = tmp_path / "a <b>run"
    shutil.copytree(own_run.path, odd)
    names = list(registry.named([own_run, own_run, open_run(odd)]))
    assert names == ["own", "own-2", "a-b-run"]
    assert all(registry.NAME.fullmatch(name) for name in names)
