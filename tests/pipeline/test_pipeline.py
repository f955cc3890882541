"""The pipeline on real, short games: what is done once stays, what is missing is done, numbers are the methods' own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rlxai.attribution import attribute
from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.networks import write_snapshot
from rlxai.pipeline import (
    AttributionTask,
    Serial,
    StrategyPlan,
    measure_strategy,
    quiet,
    strategies,
    strategy_table,
    workflow,
)
from rlxai.pipeline.selection import spread
from rlxai.store import Commit, Run, open_maps, verify
from rlxai.strategy import ledger, summarise
from tests.small_run import SMALL_PLAN

METHODS = ("gradient", "lrp-epsilon-plus-flat", "grad-cam")


def play(run: Run) -> list[Commit]:
    return workflow.record_games(run, run.snapshots(), Serial(), quiet, max_decisions=40)


def explain(run: Run, report=quiet, methods=METHODS) -> list[Commit]:
    episode = workflow.best_episode(run)
    snapshots = workflow.default_panels(run, episode)
    return workflow.explain_episode(
        run, episode, snapshots, Serial(), report, method_names=methods, targets=("advantage",)
    )


def contents(run: Run) -> dict[str, str]:
    return {f"{commit.kind}/{commit.task}": commit.content for path in run.records() for commit in [run.read(path)]}


def test_equal_runs_give_byte_identical_results(make_run: Callable[[str], Run]):
    first, second = make_run("first"), make_run("second")
    for run in (first, second):
        play(run)
        explain(run)
    assert len(contents(first)) >= 5
    assert contents(first) == contents(second)


def test_finished_work_is_not_done_again(make_run):
    run = make_run("run")
    play(run)
    done = explain(run)
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert explain(run) == done
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()} == before


def test_methods_asked_for_together_give_the_same_bytes_as_alone(make_run):
    together, alone = make_run("together"), make_run("alone")
    for run in (together, alone):
        play(run)
    explain(together)
    for method in reversed(METHODS):
        explain(alone, methods=(method,))
    assert contents(together) == contents(alone)


def test_interrupted_explaining_goes_on_with_what_is_missing(make_run):
    run, unbroken = make_run("run"), make_run("unbroken")
    for each in (run, unbroken):
        play(each)
    explain(unbroken)

    class Interrupt(Exception):
        pass

    def interrupt(_title: str, done: float, _total: float) -> None:
        if done > 3.4:
            raise Interrupt

    with pytest.raises(Interrupt):
        explain(run, interrupt)
    finished = run.records("attribution")
    assert len(finished) == 3, "the methods of one snapshot are done together"
    stamps = {path: path.stat().st_mtime_ns for path in finished}
    explain(run)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
    assert contents(run) == contents(unbroken)
    assert verify(run).problems == []


def test_a_killed_explain_leaves_no_half_result(make_run):
    run, unbroken = make_run("run"), make_run("unbroken")
    for each in (run, unbroken):
        play(each)
    explain(unbroken)
    command = [sys.executable, "-m", "rlxai", "explain", str(run.path)]
    command += [word for method in METHODS for word in ("--method", method)]
    victim = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while victim.poll() is None and len(run.records("attribution")) < 2:
        pass
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    explain(run)
    assert contents(run) == contents(unbroken)


def test_stored_maps_and_statistics_are_those_of_the_method(make_run):
    run = make_run("run")
    play(run)
    for commit in explain(run):
        episode = load_episode(run.commit("episode", commit.spec["episode"]).folder)
        observations, masks = (
            episode.observations(slice(0, episode.decisions)),
            episode.masks(slice(0, episode.decisions)),
        )
        agent = run.snapshot(commit.spec["step"]).load()
        result = attribute(agent, observations, method=commit.spec["method"], target="advantage")
        stored = open_maps(commit.folder)[0 : episode.decisions]
        scale = np.abs(result.relevance).max(axis=(1, 2, 3), keepdims=True)
        assert (np.abs(stored - result.relevance) <= scale * 1.6e-5).all()
        steps = pd.read_parquet(commit.folder / "steps.parquet")
        np.testing.assert_allclose(steps.target, result.target, rtol=1e-5, atol=1e-7)
        shares = ledger(result.relevance, masks)
        for k, name in enumerate(episode.mask_names):
            np.testing.assert_allclose(steps[f"share_{name}"], shares.share[:, :, k].sum(1), rtol=1e-3, atol=1e-6)
        by_frame = np.abs(result.relevance).sum((2, 3), dtype=np.float64)  # (T, C)
        some = by_frame.sum(1) > 0  # a map may be empty
        for c in range(by_frame.shape[1]):
            np.testing.assert_allclose(steps[f"frame_{c}"][some], by_frame[some, c] / by_frame[some].sum(1), rtol=1e-5)
            assert steps[f"frame_{c}"][~some].isna().all()
        shown = np.sort(np.abs(result.relevance.sum(axis=1)).ravel())
        assert commit.summary["max"] == pytest.approx(shown[-1], rel=1e-4)
        below, above = np.searchsorted(shown, commit.summary["p999"] * np.array([0.9999, 1.0001])) / len(shown)
        assert below <= 0.9991
        assert above >= 0.9989


def test_the_strategy_table_holds_the_ledger_of_each_snapshot_and_control(make_run):
    run = make_run("run")
    plan = replace(SMALL_PLAN, method="lrp-epsilon-plus-flat", states=24, shifts=2, script=40, scripts=1)
    assert strategies(run) == []
    play(run)
    result = measure_strategy(run, Serial(), quiet, plan)
    assert strategies(run) == [result]
    table = strategy_table(result)
    assert set(table.states) == {"common", "own"}
    assert set(table.frame) == {"all", "0", "1", "2", "3"}
    draws = table[(table.frame == "all") & (table.object == "paddle")].groupby(["states", "control"]).draw
    assert draws.nunique().to_dict() == {
        ("common", "none"): 1, ("common", "random"): 2, ("common", "shifted"): 2,
        ("common", "shuffled"): 2, ("own", "shuffled"): 2,
        ("own", "none"): 1, ("own", "random"): 2, ("own", "shifted"): 2,
    }  # fmt: skip
    frames = table[table.frame != "all"].groupby(["step", "states", "control", "draw", "object"]).share.sum()
    whole = table[table.frame == "all"].set_index(["step", "states", "control", "draw", "object"]).share
    np.testing.assert_allclose(frames.loc[whole.index], whole, rtol=1e-6)
    assert {"ledger.parquet", "ledger.csv", "ledger.svg", "ledger.png"} <= {p.name for p in result.folder.iterdir()}

    snapshot = run.snapshots()[1]
    (game,) = [commit for commit in run.commits("episode") if commit.spec["step"] == snapshot.step]
    ((_, decisions),) = spread([(game.task, game.summary["decisions"])], 24, skip=4)
    episode = load_episode(game.folder)
    relevance = attribute(snapshot.load(), episode.observations(np.array(decisions))).relevance
    paddle = summarise(ledger(relevance, episode.masks(np.array(decisions))), episode.mask_names.index("paddle"))
    row = table.query(
        "step == 1000 and states == 'own' and control == 'none' and object == 'paddle' and frame == 'all'"
    ).iloc[0]
    assert row.lift == pytest.approx(paddle.lift, rel=1e-5)
    assert row.decisions == paddle.decisions


def test_states_are_spread_evenly_over_games_of_any_length():
    selection = dict(spread([("a", 1000), ("b", 3), ("c", 1)], 30, skip=4))
    assert len(selection["a"]) == 10
    assert selection["a"][0] == 4
    assert selection["a"][-1] == 999
    assert selection["b"] == (2,)
    assert selection["c"] == (0,)


def test_bad_requests_are_refused_before_anything_is_computed(make_run):
    run = make_run("run")
    with pytest.raises(RunError, match="no game is recorded yet"):
        workflow.best_episode(run)
    play(run)
    with pytest.raises(InvalidValue, match="unknown method 'magic'"):
        explain(run, methods=("gradient", "magic"))
    assert run.records("attribution") == []
    with pytest.raises(InvalidValue, match="games and max decisions"):
        workflow.record_games(run, run.snapshots(), Serial(), quiet, games=0)
    with pytest.raises(InvalidValue, match="no snapshot of step 5"):
        workflow.choose_snapshots(run, [5])


def test_a_game_without_known_objects_is_refused_before_anything_is_computed(tmp_path, untrained):
    agent = untrained(0, step=1, game="seaquest")
    run = Run.create(tmp_path / "seaquest", {"game": "seaquest", "actions": list(agent.actions)})
    write_snapshot(agent, run.snapshots_folder)
    with pytest.raises(RunError, match=r"objects of seaquest are not known.*known objects: breakout, pong"):
        measure_strategy(run, Serial(), quiet, StrategyPlan())
    assert run.records() == []


def test_a_damaged_snapshot_stops_the_work_and_leaves_nothing(make_run):
    run = make_run("run")
    play(run)
    snapshot = run.snapshots()[0]
    damaged = bytearray(snapshot.path.read_bytes())
    damaged[-1] ^= 1
    snapshot.path.write_bytes(damaged)
    task = AttributionTask.of(snapshot, episode=run.commits("episode")[0].task, method="gradient", target="chosen")
    with pytest.raises(Exception, match="damaged"):
        Serial().run(run, [task], quiet)
    assert run.records("attribution") == []
    assert not list(run.path.glob("objects/attribution/*/*"))
