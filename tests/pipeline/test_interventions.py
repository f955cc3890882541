"""Edits asked of real snapshots: planted answers found, controls sensible, work shared and done once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from rlxai.episodes import load_episode
from rlxai.episodes.edited import edited_observations
from rlxai.errors import RunError
from rlxai.games.edits import parse_edit
from rlxai.networks import Agent, write_snapshot
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.episodes import ScriptTask
from rlxai.pipeline.selection import spread
from rlxai.pipeline.strategy.interventions_plan import plan_interventions
from rlxai.strategy.curves import COLUMNS, estimate
from tests.small_run import ACTIONS

COLUMN = slice(38, 74), slice(5, 79)
"""Cells between wall and paddle: nothing but the ball is ever there."""


def ball_agent(step: int) -> Agent:
    """A network that knows nothing but the ball: more of everything while it is seen, and where it is to the left."""
    weights = torch.zeros(4, 4, 84, 84)
    weights[(slice(None), slice(None), *COLUMN)] = 1.0
    weights[(3, slice(None), COLUMN[0], slice(5, 42))] = 3.0  # LEFT
    linear = nn.Linear(4 * 84 * 84, 4)
    with torch.no_grad():
        linear.weight.copy_(weights.flatten(1))
        linear.bias.copy_(torch.tensor([0.0, 0.0, 0.5, 0.0]))
    return Agent(nn.Sequential(nn.Flatten(), linear), ACTIONS, game="breakout", step=step)


@pytest.fixture
def planned(make_run):
    """A run with a third snapshot that sees the ball alone, and the tasks for all three."""
    run = make_run("run")
    write_snapshot(ball_agent(2000), run.snapshots_folder)
    games = workflow.record_games(run, run.snapshots()[:2], Serial(), quiet, max_decisions=60, epsilon=0.5)
    script = Serial().run(run, [ScriptTask(90)], quiet)
    common = spread([(c.task, int(c.summary["decisions"])) for c in (*games, *script)], 36, skip=4)
    own = {games[0].spec["step"]: spread([(games[0].task, 60)], 70, skip=4)}
    return run, plan_interventions(run.snapshots(), "breakout", common, own, randoms=3)


def curves(commit):
    return pd.read_parquet(commit.folder / "curves.parquet")


def value(table, figure, control="none"):
    return estimate(table[(table.figure == figure) & (table.control == control)], interval=False).value


def test_a_network_that_sees_the_ball_alone_values_it_and_nothing_else(planned):
    run, tasks = planned
    *_, seeing = Serial().run(run, tasks[:3], quiet)
    table = curves(seeing)
    assert value(table, "value-of/ball") > 0.5
    assert value(table, "changed/ball-removed") > 0.1
    assert value(table, "changed/ball-mirrored") > 0.1
    assert value(table, "value-of/tunnel") == 0
    for edit in ("tunnel-left", "bricks-removed", "bricks-mirrored", "score-hidden", "lives-hidden", "paddle-left"):
        rows = table[
            (table.control == "none") & table.figure.isin([f"{f}/{edit}" for f in ("changed", "dq", "dvalue")])
        ]
        assert (rows.value.dropna() == 0).all()
        assert value(table, f"touched/{edit}") > 0
    assert value(table, "value-of/tunnel", "shifted") != 0  # as much, put where it looks


def test_figures_are_those_of_the_edited_observations(planned):
    run, tasks = planned
    (task,) = [task for task in tasks if task.states == "own"]
    (commit,) = Serial().run(run, [task], quiet)
    table = curves(commit)
    assert sorted(table.columns) == sorted(COLUMNS)
    ((game, decisions),) = task.selection
    agent, episode = run.snapshot(task.step).load(), load_episode(run.commit("episode", game).folder)
    real = episode.observations(np.array(decisions))
    q = agent.q_values(real)
    for name, text in (("ball-left", "ball-moved:-20:0"), ("tunnel-right", "tunnel-carved:17")):
        edited = edited_observations(episode, np.array(decisions), parse_edit("breakout", text))
        touched = (edited != real).any(axis=(1, 2, 3))
        other = agent.q_values(edited)
        chosen = (other - q)[np.arange(len(q)), q.argmax(1)][touched].mean() / q.max(1).std()
        assert value(table, f"dq/{name}") == pytest.approx(chosen, rel=1e-3)
        assert value(table, f"dvalue/{name}") == pytest.approx((other - q)[touched].mean() / q.mean(1).std(), rel=1e-3)
        assert value(table, f"changed/{name}") == (other.argmax(1) != q.argmax(1))[touched].mean()
        assert value(table, f"touched/{name}") == touched.mean()
    rows = pd.read_parquet(commit.folder / "decisions.parquet")
    assert commit.summary == {"decisions": len(decisions), "touched": len(rows)}
    assert set(rows.decision) <= set(decisions)
    assert set(pd.read_parquet(commit.folder / "edits.parquet").control) == {"none", "random"}


def test_a_further_edit_leaves_the_controls_of_the_others_alone(planned):
    run, tasks = planned
    task = next(task for task in tasks if task.shifts)
    fewer = replace(task, edits=task.edits[3:], objects=())
    more, less = (curves(Serial().run(run, [one], quiet)[0]) for one in (task, fewer))
    shared = [f"changed/{name}" for name, _ in fewer.edits]
    keys = ["figure", "game", "control", "draw"]
    one, other = (table[table.figure.isin(shared)].sort_values(keys)[[*keys, "value"]] for table in (more, less))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))
    assert set(one.control) == {"none", "random", "shifted"}


def test_an_untrained_network_is_like_its_random_controls(planned):
    run, tasks = planned
    first, *_ = Serial().run(run, tasks[:1], quiet)
    table = curves(first)
    agent = table[table.control == "none"].set_index(["figure", "game"]).value
    random = table[table.control == "random"].groupby(["figure", "game"]).value
    low, high = random.min().reindex(agent.index), random.max().reindex(agent.index)
    changed = agent.index.get_level_values("figure").str.startswith("changed/")
    inside = (agent >= low - 0.1) & (agent <= high + 0.1)
    assert inside[changed & agent.notna()].mean() > 0.9


def test_together_alone_and_again_give_the_same(planned):
    run, tasks = planned
    together = Serial().run(run, tasks[:3], quiet)
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert [commit.task for commit in Serial().run(run, tasks[:3], quiet)] == [commit.task for commit in together]
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()} == before
    with run.attempt("other", {}) as attempt:
        tasks[1].execute(run, attempt, lambda done, total: None)
        for name in together[1].files:
            assert (attempt.folder / name).read_bytes() == (together[1].folder / name).read_bytes(), name


def test_a_game_without_edits_is_refused_in_one_sentence(make_run):
    with pytest.raises(RunError, match=r"^states of pong cannot be edited; games with edits: breakout$"):
        plan_interventions(make_run("run").snapshots(), "pong", (), {})
