"""The clusters that belong to the decisions of an episode."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest

from rlxai.pipeline import Serial
from rlxai.pipeline.strategy.spray import SprayTask
from rlxai.replay.clustered import clusters_of
from rlxai.store import Commit, Run, open_run


@pytest.fixture
def attribution(replay_run: Run) -> Commit:
    """Some attribution; its spec says step, episode, method and target."""
    return replay_run.commits("attribution")[0]


def add(run: Run, of: Commit, rows: list[tuple[int, int]], *, age: int = 0, **spec: object) -> Commit:
    """Clusters of (decision, cluster) pairs for the snapshot and episode of an attribution."""
    step, episode = of.spec["step"], of.spec["episode"]
    inputs = {
        "snapshots": [[step, "0" * 64]], "selections": [[[episode, [t for t, _ in rows]]]], "age": age,
        "method": of.spec["method"], "target": of.spec["target"], **spec,
    }  # fmt: skip
    table = pd.DataFrame(rows, columns=["decision", "cluster"]).assign(step=step, episode=episode)
    strangers = table.assign(cluster=9, step=step + 1)
    with run.attempt("spray", inputs) as attempt:
        pd.concat([table, strangers]).to_parquet(attempt.folder / "maps.parquet")
        attempt.summary = {
            "clusters": [{"name": "ball", "candidate": False}, {"name": f"age {age}", "candidate": True}]
        }
    commit = run.find("spray", inputs)
    assert commit is not None
    os.utime(run.path / "commits" / "spray" / f"{commit.task}.json", (1e9 - age, 1e9 - age))
    return commit


def test_decisions_have_their_cluster_and_others_none(make_run, attribution):
    run = make_run("clusters")
    add(run, attribution, [(2, 0), (5, 1)])
    found = clusters_of(run, attribution, 7)
    np.testing.assert_array_equal(found.labels, np.float32([np.nan, np.nan, 0, np.nan, np.nan, 1, np.nan]))
    assert found.names == ("ball", "age 0")
    assert found.candidates == (False, True)
    assert found.of == f"{attribution.spec['method']} of {attribution.spec['target']}"


def test_the_same_method_and_target_come_first_then_most_snapshots_then_the_newest(make_run, attribution):
    run = make_run("order")
    step, episode = attribution.spec["step"], attribution.spec["episode"]
    several = {"snapshots": [[step + 9, "1" * 64], [step, "0" * 64]], "selections": [[], [[episode, [1]]]]}
    order = [(1, several | {"target": "other"}), (2, {}), (8, several), (3, several)]
    for (age, spec), first in zip(order, ("age 1", "age 2", "age 8", "age 3"), strict=True):
        add(run, attribution, [(1, 1)], age=age, **spec)
        assert clusters_of(run, attribution, 7).names[1] == first


def test_clusters_of_other_games_and_snapshots_are_none_of_this(make_run, attribution):
    run = make_run("others")
    add(run, attribution, [(1, 0)], selections=[[["another", [1]]]])
    add(run, attribution, [(1, 0)], snapshots=[[attribution.spec["step"] + 1, "0" * 64]])
    assert clusters_of(run, attribution, 7) is None


def test_what_cannot_be_read_is_passed_over(make_run, attribution):
    run = make_run("damaged")
    add(run, attribution, [(1, 0)], age=9)
    (add(run, attribution, [(1, 0)], age=5).folder / "maps.parquet").write_bytes(b"broken")
    add(run, attribution, [(7, 0)], age=1)  # a decision that the game does not have
    assert clusters_of(run, attribution, 7).names[1] == "age 9"


def test_clusters_of_the_pipeline_are_understood(replay_run, attribution, tmp_path):
    run = open_run(shutil.copytree(replay_run.path, tmp_path / "clustered"))
    snapshot = run.snapshot(attribution.spec["step"])
    decisions = tuple(range(20, 132, 4))
    states = ((attribution.spec["episode"], decisions),)
    task = SprayTask(((snapshot.step, snapshot.sha256),), (states,), "own", "gradient", attribution.spec["target"])
    Serial().run(run, [task], lambda *_: None)
    found = clusters_of(run, attribution, 140)
    assert tuple(np.flatnonzero(np.isfinite(found.labels))) == decisions
    assert np.nanmax(found.labels) == len(found.names) - 1
    assert found.of.startswith("gradient of")
