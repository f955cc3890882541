"""Rallies from edited states of real games: paired, the same again, refused where there is nothing to aim at."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rlxai.errors import RunError
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.episodes import ScriptTask
from rlxai.pipeline.strategy.rollouts_plan import plan_rollouts
from rlxai.strategy.curves import COLUMNS


@pytest.fixture
def planned(make_run):
    run = make_run("run")
    games = workflow.record_games(run, run.snapshots(), Serial(), quiet, max_decisions=60, epsilon=0.5)
    (script,) = Serial().run(run, [ScriptTask(120)], quiet)
    own = {commit.spec["step"]: [commit.task] for commit in games}
    tasks = plan_rollouts(
        run.snapshots(), "breakout", [script.task, games[0].task], own, starts=2, own_starts=1, randoms=1
    )
    return run, [replace(task, decisions=15) for task in tasks]


def test_every_start_is_played_with_and_without_each_tunnel(planned):
    run, tasks = planned
    assert [(task.step, task.states, task.randoms) for task in tasks] == [
        (0, "common", 1), (1000, "common", 0), (0, "own", 0), (1000, "own", 0)
    ]  # fmt: skip
    first, second, *_ = Serial().run(run, tasks, quiet)
    pairs = pd.read_parquet(first.folder / "pairs.parquet")
    assert set(pairs.control) == {"none", "random"}
    own = pairs[pairs.control == "none"]
    assert len(own) == 2 * 4
    assert own.groupby("game").size().tolist() == [4, 4]
    assert (own.groupby(["game", "decision"]).length_twin.nunique() == 1).all()  # one twin for all places
    assert own.length_edited.between(1, 15).all()
    # The other snapshot starts in the same states, of which nothing is left behind by the first.
    others = pd.read_parquet(second.folder / "pairs.parquet")
    assert (
        others[["game", "decision", "place"]].to_numpy().tolist()
        == own[["game", "decision", "place"]].to_numpy().tolist()
    )
    table = pd.read_parquet(first.folder / "curves.parquet")
    assert sorted(table.columns) == sorted(COLUMNS)
    shots = table[(table.figure == "rollout/tunnel-shots") & (table.control == "none")]
    assert shots.weight.sum() == 8
    expected = (own.reached_edited.astype(int) - own.reached_twin.astype(int)).mean()
    assert (shots.value * shots.weight).sum() / 8 == pytest.approx(expected)
    assert set(table.control) == {"none", "random", "shifted"}


def test_together_alone_and_again_give_the_same(planned):
    run, tasks = planned
    together = Serial().run(run, tasks[:2], quiet)
    assert Serial().run(run, tasks[:2], quiet) == together
    with run.attempt("other", {}) as attempt:
        tasks[1].execute(run, attempt, lambda done, total: None)
        for name in together[1].files:
            assert (attempt.folder / name).read_bytes() == (together[1].folder / name).read_bytes(), name


def test_what_cannot_be_played_on_is_refused_in_one_sentence(planned):
    run, (task, *_) = planned
    with pytest.raises(RunError, match=r"in breakout there is no rainbow to aim at from edited states$"):
        Serial().run(run, [replace(task, aim="rainbow")], quiet)
    with pytest.raises(RunError, match=r"^states of pong cannot be edited; games with edits: breakout$"):
        plan_rollouts(run.snapshots(), "pong", [], {})


def test_states_from_which_nothing_can_be_aimed_at_give_an_empty_result(planned):
    run, (task, *_) = planned
    (result,) = Serial().run(run, [replace(task, starts=())], quiet)
    assert result.summary == {"pairs": 0, "starts": 0}
    assert pd.read_parquet(result.folder / "curves.parquet").empty
    assert {"reached_edited", "length_twin"} <= set(pd.read_parquet(result.folder / "pairs.parquet").columns)
