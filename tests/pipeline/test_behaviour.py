"""Behaviour of a run's snapshots: equal to the quantities of its games, done once, honest about repeated games."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlxai.episodes import load_episode
from rlxai.errors import RunError
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.strategy.behaviour import play_of
from rlxai.pipeline.strategy.behaviours import behaviour_table, measure_behaviour
from rlxai.store import Run, verify
from rlxai.strategy.behaviour import QUANTITIES, measure
from rlxai.strategy.emergence.table import emergence_table
from rlxai.strategy.quantity import Game


def play(run: Run, epsilon: float = 0.3, seed: int = 0, games: int = 3) -> None:
    workflow.record_games(
        run, run.snapshots(), Serial(), quiet, games=games, seed=seed, max_decisions=80, epsilon=epsilon
    )


@pytest.fixture
def played(make_run):
    run = make_run("run")
    play(run)
    return run


def test_rows_are_the_quantities_of_the_recorded_games(played):
    results = measure_behaviour(played, Serial(), quiet)
    assert [result.spec["step"] for result in results] == [0, 1000]
    for result in results:
        rows = pd.read_parquet(result.folder / "games.parquet").set_index("episode")
        events = pd.read_parquet(result.folder / "events.parquet")
        assert list(rows.index) == result.spec["episodes"]
        for task in rows.index:
            episode = load_episode(played.commit("episode", task).folder)
            expected = measure(Game(episode.rewards, episode.taken, play_of(episode)))
            for name, value in expected.items():
                np.testing.assert_equal(rows.loc[task, name], value)
            assert rows.loc[task, "score"] == episode.score
            mine = events[events.episode == task]
            assert (mine.event == "life-lost").sum() == (np.diff(episode.lives) < 0).sum()
            assert mine[mine.event == "brick-hit"].points.sum() == episode.score
        for quantity in QUANTITIES:
            summary = result.summary["quantities"][quantity.name]
            assert summary["games"] == rows[quantity.name].notna().sum()
            if summary["games"]:
                assert summary["mean"] == pytest.approx(rows[quantity.name].mean())
        assert result.summary["games"] == 3


def test_the_table_is_tidy_and_ready_for_emergence(played):
    table = behaviour_table(measure_behaviour(played, Serial(), quiet))
    assert list(table.columns) == ["step", "game", "name", "value"]
    assert len(table) == 2 * 3 * len(QUANTITIES)
    found = emergence_table(table, draws=9)
    assert list(found.name) == [quantity.name for quantity in QUANTITIES]
    assert not found.found.any()  # of two snapshots


def test_finished_work_is_found_and_new_games_are_new_work(played):
    first = measure_behaviour(played, Serial(), quiet)
    before = {path: path.stat().st_mtime_ns for path in played.path.rglob("*") if path.is_file()}
    assert measure_behaviour(played, Serial(), quiet) == first
    assert {path: path.stat().st_mtime_ns for path in played.path.rglob("*") if path.is_file()} == before
    play(played, seed=50, games=1)
    assert {len(result.spec["episodes"]) for result in measure_behaviour(played, Serial(), quiet)} == {4}
    assert verify(played).problems == []


def test_equal_runs_give_equal_bytes(make_run):
    contents = []
    for name in ("first", "second"):
        run = make_run(name)
        play(run, games=1)
        contents.append([result.content for result in measure_behaviour(run, Serial(), quiet)])
    assert contents[0] == contents[1]


def test_games_that_are_the_same_count_once(make_run):
    """Without exploration a game depends on its no-ops alone, and several seeds draw the same number of them."""
    run = make_run("run")
    for seed in (0, 2, 1):
        play(run, epsilon=0.0, seed=seed, games=1)
    games = [load_episode(commit.folder).recipe for commit in run.commits("episode")]
    assert {game.noops for game in games if game.seed != 1} != {game.noops for game in games if game.seed == 1}
    assert len({game.noops for game in games}) == 2
    for result in measure_behaviour(run, Serial(), quiet):
        assert result.summary["games"] == 2
        assert result.summary["repeated"] == 1


def test_a_snapshot_without_a_game_plays_one(make_run):
    run = make_run("run")
    workflow.record_games(run, run.snapshots()[:1], Serial(), quiet, max_decisions=20)
    results = measure_behaviour(run, Serial(), quiet)
    assert [result.summary["games"] for result in results] == [1, 1]


def test_unknown_games_are_refused_in_one_sentence(tmp_path, untrained):
    run = Run.create(tmp_path / "run", {"game": "seaquest", "actions": []})
    with pytest.raises(RunError, match="behaviour cannot be read from seaquest; games with known behaviour: breakout"):
        measure_behaviour(run, Serial(), quiet)
