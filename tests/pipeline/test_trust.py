"""The tests of a run's maps: equal to those asked for directly, done once, with controls and a badge for each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from rlxai.cli.trust import trust
from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.trust.plan import TrustPlan, measure_trust, patch_places
from rlxai.pipeline.trust.robustness import halves
from rlxai.pipeline.trust.scores import TrustTask
from rlxai.pipeline.trust.states import read_states, trust_selection
from rlxai.replay.badges import badges
from rlxai.trust.battery import Battery
from rlxai.trust.controls import find_method
from tests.small_run import build_bare_run

PLAN = TrustPlan(
    methods=("gradient", "lrp-epsilon-plus-flat"), targets=("advantage",), states=6, games=2, max_decisions=60,
    epsilon=0.5,
)  # fmt: skip


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    run = build_bare_run(tmp_path_factory.mktemp("trust") / "run")
    return run, measure_trust(run, Serial(), quiet, PLAN)


def test_tables_figures_and_page_are_there(measured):
    _, commit = measured
    tables = {"scores", "badges", "leaderboard", "agreement", "decisions", "patches", "curves"}
    figures = {"leaderboard", "sanity", "agreement", "robustness"}
    drawn = {f"{name}.{kind}" for name in figures for kind in ("svg", "png")}
    assert commit.files.keys() == {f"{name}.parquet" for name in tables} | drawn | {"leaderboard.csv", "trust.html"}
    page = (commit.folder / "trust.html").read_text("utf-8")
    assert "<script" not in page
    assert "lrp-epsilon-plus-flat" in page
    board = pd.read_parquet(commit.folder / "leaderboard.parquet")
    assert len(board) == 2 * 4  # snapshots by two methods and two controls
    decisions = pd.read_parquet(commit.folder / "decisions.parquet")
    assert {"noise-2", "gradient-sign-2", "ball-right-1", "noise-patch-4", "margin"} <= set(decisions.score)
    patches = pd.read_parquet(commit.folder / "patches.parquet")
    assert set(patches.score) == {"patch", "noise", "without"}
    assert len(patches) == 2 * 4 * 2 * 3  # snapshots, actions, places, scores


def test_controls_are_misleading_and_badges_can_be_asked_for(measured):
    run, commit = measured
    found = badges(run)
    assert len(found) == 8
    assert {found[step, name, "advantage"].word for step in (0, 1000) for name in ("random", "edges")} == {"misleading"}
    assert "depends on the network" in found[0, "edges", "advantage"].reasons
    assert commit.summary["badges"]["0"]["advantage"]["edges"]["badge"] == "misleading"
    assert (0, "grad-cam", "advantage") not in found


def test_scores_are_those_of_a_battery_over_games(measured):
    run, _ = measured
    task = next(c for c in run.commits("trust") if c.spec["method"] == "gradient" and c.spec["step"] == 1000)
    table = pd.read_parquet(task.folder / "scores.parquet").set_index(["score", "game"]).value
    agent = run.snapshot(1000).load()
    selection = tuple((game, tuple(t)) for game, t in task.spec["selection"])
    states = read_states(run, agent, selection)
    scores = Battery(agent, states, "advantage").test(find_method("gradient")).scores
    for name in ("above-random/blur", "pointing/paddle", "sanity/rank-used/cascading/all", "actions"):
        for game, decisions in selection:
            mean = np.nanmean(scores[name][states.games == game])
            assert len(decisions) == (states.games == game).sum()
            assert table[name, game] == pytest.approx(mean)


def test_the_same_again_is_found_and_its_bytes_are_equal(measured):
    run, commit = measured
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert measure_trust(run, Serial(), quiet, PLAN) == commit
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()} == before
    first = next(c for c in run.commits("trust") if c.spec["method"] == "gradient")
    spec = first.spec
    selection = tuple((game, tuple(t)) for game, t in spec["selection"])
    task = TrustTask(spec["step"], spec["snapshot"], selection, spec["method"], tuple(spec["targets"]))
    with run.attempt("other", {"again": 1}) as attempt:  # alone, not together with the other methods
        task.execute(run, attempt, lambda done, total: None)
        assert (attempt.folder / "scores.parquet").read_bytes() == (first.folder / "scores.parquet").read_bytes()


def test_the_verb_prints_the_leaderboard(measured):
    run, commit = measured
    words = [str(run.path), "--target", "advantage", "--states", "6", "--games", "2", "--max-decisions", "60"]
    for method in PLAN.methods:
        words += ["--method", method]
    result = CliRunner().invoke(trust, [*words, "--epsilon", "0.5"])
    assert result.exit_code == 0, result.output
    assert f"report: {commit.folder / 'trust.html'}" in result.output
    lines = [line.split() for line in result.output.splitlines()]
    badge_of = {words[0]: words[2] for words in lines if len(words) > 8 and words[1] in "✓~✗"}
    assert badge_of.keys() == {"random", "edges", *PLAN.methods}
    assert badge_of["random"] == badge_of["edges"] == "misleading"


def test_states_come_from_all_games_that_differ(measured):
    run, _ = measured
    games = run.commits("episode")
    selection = trust_selection(run, [*games, *games], 8, skip=4)
    different = {load_episode(game.folder).hashes.tobytes() for game in games}
    assert len(selection) == len({game for game, _ in selection}) == len(different) == 2 < len(games)
    assert all(min(decisions) >= 4 for _, decisions in selection)
    states = read_states(run, run.snapshot(0).load(), selection)
    fit, judged = halves(states)
    assert set(fit.games) | set(judged.games) == set(states.games)
    assert not set(fit.games) & set(judged.games)


def test_places_of_patches_scale_with_the_picture():
    assert patch_places(84) == ((52, 21, 4), (52, 56, 8))
    assert patch_places(168) == ((105, 42, 8), (105, 112, 16))


def test_mistakes_are_one_sentence(make_run):
    run = make_run("run")
    for wrong, said in (
        (TrustPlan(methods=("lpr",)), "unknown method 'lpr'"),
        (TrustPlan(targets=("nothing",)), "unknown target 'nothing'"),
        (TrustPlan(targets=("taken",)), "'taken' is not tested"),
        (TrustPlan(methods=()), "met 0, 2, 48 and 3"),
    ):
        with pytest.raises(InvalidValue, match=said):
            measure_trust(run, Serial(), quiet, wrong)
    workflow.record_games(run, run.snapshots()[:1], Serial(), quiet, max_decisions=20)
    with pytest.raises(RunError, match="states of several games, and 1 is recorded"):
        trust_selection(run, run.commits("episode"), 8, skip=4)
