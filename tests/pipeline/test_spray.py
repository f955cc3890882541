"""Clusters of the maps of real, short games."""

import json

import numpy as np
import pandas as pd
import pytest

from rlxai.attribution import attribute
from rlxai.attribution.spread import drawn
from rlxai.episodes import load_episode
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.selection import spread
from rlxai.pipeline.strategy.spray import SprayTask


@pytest.fixture
def done(make_run):
    run = make_run("run")
    games = workflow.record_games(run, run.snapshots(), Serial(), quiet, max_decisions=60)
    selections = tuple(spread([(game.task, 60)], 40, skip=4) for game in games)
    snapshots = tuple((snapshot.step, snapshot.sha256) for snapshot in run.snapshots())
    task = SprayTask(snapshots, selections, "own", "gradient-x-input", "chosen")
    return run, task, Serial().run(run, [task], quiet)[0]


def test_every_map_has_its_cluster_and_the_means_are_those_of_the_maps(done):
    run, task, commit = done
    table = pd.read_parquet(commit.folder / "maps.parquet")
    assert table.groupby("step").size().to_dict() == {step: 40 for step, _ in task.snapshots}
    clusters = commit.summary["clusters"]
    assert [cluster["size"] for cluster in clusters] == table.cluster.value_counts().sort_index().tolist()
    np.testing.assert_allclose(np.sum(commit.summary["shares"], axis=1), 1)
    means = np.load(commit.folder / "means.npy", allow_pickle=False)
    shown = []
    for row in table.itertuples():
        episode = load_episode(run.commit("episode", row.episode).folder)
        agent = run.snapshot(row.step).load()
        maps = drawn(attribute(agent, episode.observations([row.decision]), "gradient-x-input", "chosen").relevance)
        shown.append(maps[0] / np.abs(maps).sum())
    expected = np.stack(shown)[table.cluster == 0].mean(0)
    np.testing.assert_allclose(means[0], expected, atol=1e-5 * np.abs(expected).max())


def test_it_is_the_same_again_and_titled(done):
    run, task, commit = done
    assert task.title == "clusters of the maps of 2 snapshots on own states"
    with run.attempt("other", {"again": 1}) as attempt:
        task.execute(run, attempt, lambda done, total: None)
        for name in commit.files:
            assert (attempt.folder / name).read_bytes() == (commit.folder / name).read_bytes(), name
        assert json.loads(json.dumps(attempt.summary)) == commit.summary
