"""Evaluation on real games: the scores are those of recorded games, what is done stays, and the curve has it all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlxai.cli.evaluate import evaluate as verb
from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.evaluate import evaluate, evaluated
from rlxai.store import verify
from rlxai.strategy.bootstrap import bootstrap_mean
from tests.small_run import build_bare_run

MONITOR = '#{"t_start": 0, "env_id": "breakout"}\nr,l,t\n1.0,400,0.5\n3.0,800,1.0\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = build_bare_run(tmp_path_factory.mktemp("evaluation") / "mine")
    (run.path / "monitor.csv").write_text(MONITOR)
    return run


@pytest.fixture(scope="module")
def done(run):
    return evaluate(run, run.snapshots(), Serial(), quiet, games=3, epsilon=0.9, seed=5, max_decisions=160)


def test_scores_are_those_of_the_recorded_games(run, done):
    played = workflow.record_games(
        run, run.snapshots(), Serial(), quiet, games=3, epsilon=0.9, seed=5, max_decisions=160
    )
    for evaluation in done[0]:
        games = [commit for commit in played if commit.spec["step"] == evaluation.spec["step"]]
        games.sort(key=lambda commit: commit.spec["seed"])
        scores = [commit.summary["score"] for commit in games]
        assert evaluation.summary["scores"] == scores
        table = pd.read_csv(evaluation.folder / "games.csv")
        assert table.seed.tolist() == [5, 6, 7]
        assert table.score.tolist() == scores
        assert table.decisions.tolist() == [commit.summary["decisions"] for commit in games]
        assert table.end.tolist() == [commit.summary["end"] for commit in games]
        interval = bootstrap_mean(np.array(scores))
        assert evaluation.summary["mean"] == np.mean(scores)
        assert evaluation.summary["low"] == interval.low
        assert evaluation.summary["high"] == interval.high
        assert (evaluation.summary["min"], evaluation.summary["max"]) == (min(scores), max(scores))
        assert evaluation.summary["cut"] == table.end.tolist().count("cap")
    assert any(max(evaluation.summary["scores"]) > 0 for evaluation in done[0])


def test_finished_evaluations_are_found_and_the_curve_follows_the_monitor(run, done):
    again = evaluate(run, run.snapshots(), Serial(), quiet, games=3, epsilon=0.9, seed=5, max_decisions=160)
    assert again == done
    (run.path / "monitor.csv").write_text(MONITOR + "5.0,400,1.5\n")
    more = evaluate(run, run.snapshots(), Serial(), quiet, games=3, epsilon=0.9, seed=5, max_decisions=160)
    (run.path / "monitor.csv").write_text(MONITOR)
    assert more[0] == done[0]
    assert more[1] != done[1]
    assert verify(run).problems == []


def test_the_curve_holds_evaluation_training_and_reference(run, done):
    curve = done[1]
    assert {path.name for path in curve.folder.iterdir()} == {"curve.csv", "curve.svg", "curve.png"}
    table = pd.read_csv(curve.folder / "curve.csv")
    assert table.columns.tolist() == ["series", "step", "games", "mean", "low", "high", "best"]
    series = dict(list(table.groupby("series")))
    assert set(series) == {"evaluation", "training", "reference training", "reference evaluation"}
    assert series["training"][["step", "mean", "best"]].to_numpy().tolist() == [[100, 1, 1], [300, 2, 3]]
    for row, evaluation in zip(series["evaluation"].itertuples(), done[0], strict=True):
        assert row.step == evaluation.spec["step"]
        assert row.mean == pytest.approx(evaluation.summary["mean"], rel=1e-5)
        assert (row.low, row.high) == pytest.approx((evaluation.summary["low"], evaluation.summary["high"]), rel=1e-5)


def test_one_game_has_no_interval_and_a_run_without_monitor_no_training_curve(make_run):
    run = make_run("bare")
    done, curve = evaluate(run, run.snapshots()[:1], Serial(), quiet, games=1, max_decisions=30)
    assert (done[0].summary["low"], done[0].summary["high"], done[0].summary["cut"]) == (None, None, 1)
    assert "training" not in set(pd.read_csv(curve.folder / "curve.csv").series)
    more, _ = evaluate(run, run.snapshots(), Serial(), quiet, games=2, max_decisions=30)
    assert evaluated(run) == {commit.spec["step"]: commit for commit in more}


@pytest.mark.parametrize("content", ["", "#{}\n", "#{}\nr,l\nx,y\n", "#{}\na,b\n1,2\n"])
def test_a_monitor_that_is_none_is_said_after_the_games_are_kept(make_run, content):
    run = make_run("odd")
    (run.path / "monitor.csv").write_text(content)
    with pytest.raises(RunError, match=r"monitor.csv: "):
        evaluate(run, run.snapshots()[:1], Serial(), quiet, games=1, max_decisions=5)
    assert len(run.records("evaluation")) == 1
    assert not run.records("learning-curve")


@pytest.mark.parametrize("wrong", [{"games": 0}, {"epsilon": 1.5}, {"seed": -1}, {"max_decisions": 0}])
def test_numbers_outside_their_domain_are_refused_before_a_game_is_played(make_run, wrong):
    run = make_run("run")
    with pytest.raises(InvalidValue, match="games and max decisions must be at least 1"):
        evaluate(run, run.snapshots(), Serial(), quiet, **wrong)
    assert run.records() == []


def test_the_verb_prints_a_line_per_snapshot_and_where_the_figure_is(make_run, capsys):
    run = make_run("run")
    verb.main([str(run.path), "--snapshot", "1000", "--games", "2", "--max-decisions", "20"], standalone_mode=False)
    said = capsys.readouterr().out
    assert said.splitlines()[0].split() == ["step", "games", "mean", "95", "%", "from", "to", "worst", "best"]
    assert said.splitlines()[2].split()[:2] == ["1,000", "2"]
    assert "note: 2 games were not over after 20 decisions" in said
    assert "curve and figure: " in said
