"""The band of random networks that belongs to an attribution."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest

from rlxai.pipeline import Serial
from rlxai.pipeline.strategy.ledger import LedgerTask
from rlxai.replay.bands import control_bands
from rlxai.store import Commit, Run, open_run

WANTED = {"method": "gradient-x-input", "target": "advantage", "states": "common", "randoms": 2}


def add(run: Run, *, age: int = 0, lifts: dict[str, list[float]], **spec: object) -> Commit:
    """A ledger whose random networks have these lifts; the agent's own are 99."""
    rows = [
        {"control": control, "draw": draw, "object": name, "frame": frame, "lift": lift if control == "random" else 99}
        for name, values in lifts.items()
        for draw, lift in enumerate(values)
        for control, frame in (("random", "all"), ("none", "all"))
    ]
    rows += [{"control": "random", "draw": 0, "object": "ball", "frame": "0", "lift": 50}]  # of one stacked frame
    inputs = {**WANTED, "age": age, **spec}
    with run.attempt("ledger", inputs) as attempt:
        pd.DataFrame(rows).to_parquet(attempt.folder / "ledger.parquet")
    commit = run.find("ledger", inputs)
    assert commit is not None
    os.utime(run.path / "commits" / "ledger" / f"{commit.task}.json", (1e9 - age, 1e9 - age))
    return commit


@pytest.fixture
def attribution(replay_run: Run) -> Commit:
    """Of the method and target that the band is wanted for."""
    return next(c for c in replay_run.commits("attribution") if c.spec["method"] == WANTED["method"])


def test_band_is_the_range_over_the_random_networks(make_run, attribution):
    run = make_run("band")
    add(run, lifts={"ball": [1.5, 0.5, 1.0], "tunnel": [np.nan, 2.0, 3.0]})
    bands = control_bands(run, attribution)
    assert bands.lifts == {"ball": (0.5, 1.5), "tunnel": (2.0, 3.0)}
    assert bands.networks == 3


@pytest.mark.parametrize("other", [{"method": "grad-cam"}, {"target": "value"}, {"states": "own"}, {"randoms": 0}])
def test_random_networks_on_something_else_are_no_band(make_run, attribution, other):
    run = make_run("other")
    add(run, lifts={"ball": [1.0]}, **other)
    assert control_bands(run, attribution) is None


def test_the_newest_counts(make_run, attribution):
    run = make_run("newest")
    for age, lift in ((5, 1.0), (0, 2.0), (9, 3.0)):
        add(run, age=age, lifts={"ball": [lift]})
    assert control_bands(run, attribution).lifts == {"ball": (2.0, 2.0)}


def test_what_cannot_be_read_is_passed_over(make_run, attribution):
    run = make_run("damaged")
    add(run, age=9, lifts={"ball": [1.0, 2.0]})
    (add(run, age=5, lifts={"ball": [3.0]}).folder / "ledger.parquet").write_bytes(b"broken")
    with run.attempt("ledger", WANTED) as attempt:
        pd.DataFrame({"x": [1]}).to_parquet(attempt.folder / "ledger.parquet")
    assert control_bands(run, attribution).lifts == {"ball": (1.0, 2.0)}


def test_ledgers_of_the_pipeline_are_understood(replay_run, attribution, tmp_path):
    run = open_run(shutil.copytree(replay_run.path, tmp_path / "measured"))
    snapshot = run.snapshots()[0]
    states = ((attribution.spec["episode"], (20, 60, 100)),)
    task = LedgerTask(snapshot.step, snapshot.sha256, "common", states, WANTED["method"], WANTED["target"], 2, 0)
    Serial().run(run, [task], lambda *_: None)
    bands = control_bands(run, attribution)
    assert bands.networks == 2
    assert all(0 < low <= high < 100 for low, high in bands.lifts.values())
    assert {"ball", "paddle", "bricks"} <= set(bands.lifts)
