"""Real small runs compared: literal differences, equal files twice, steps that differ, and what is refused."""

import json
import re
import shutil
from dataclasses import replace

import click
import numpy as np
import pandas as pd
import pytest

from rlxai.cli.diff import diff as verb
from rlxai.errors import InvalidValue, RunError
from rlxai.networks import write_snapshot
from rlxai.networks.architecture import describe
from rlxai.pipeline import Serial, measure_strategy, quiet, workflow
from rlxai.pipeline.diff.compare import compare_runs
from rlxai.pipeline.diff.made import facts, network_name
from rlxai.pipeline.diff.write import FILES, default_folder, summary, write_diff
from rlxai.pipeline.evaluate import evaluate
from rlxai.store import open_run
from rlxai.store.identity import digest
from tests.small_run import SMALL_PLAN, build_bare_run, untrained_agent


def play(run, *, games=3, seed=0, epsilon=0.9):
    evaluate(run, run.snapshots(), Serial(), quiet, games=games, epsilon=epsilon, seed=seed, max_decisions=120)
    return run


def tell(run, **changes):
    """Write facts into run.json, as a training would have at its start."""
    path = run.path / "run.json"
    body = {**json.loads(path.read_text()), **changes}
    del body["checksum"]
    path.write_text(json.dumps({**body, "checksum": digest(body)}))
    return open_run(run.path)


def trained(run, seed, **recipe):
    return tell(run, provenance={"seed": seed, "trained_with": recipe})


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two evaluated runs; read only."""
    folder = tmp_path_factory.mktemp("runs")
    return [play(build_bare_run(folder / name), seed=seed) for name, seed in (("a", 0), ("b", 50))]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Two runs with strategy results, the second with snapshots at other steps."""
    folder = tmp_path_factory.mktemp("measured")
    runs = [build_bare_run(folder / name) for name in "ab"]
    for path in runs[1].snapshots_folder.glob("step_00001000.*"):
        path.unlink()
    for step in (1040, 3000):
        write_snapshot(untrained_agent(step, step), runs[1].snapshots_folder)
    for seed, run in enumerate(runs):
        workflow.record_games(run, run.snapshots(), Serial(), quiet, games=2, seed=seed, max_decisions=100, epsilon=0.5)
        measure_strategy(run, Serial(), quiet, replace(SMALL_PLAN, script=0, randoms=1))
    return runs


def test_scores_are_those_of_the_evaluations(pair):
    found = compare_runs([pair[0]], [pair[1]])
    assert found.scored == "evaluation games, ε = 0.9, at most 120 decisions"
    games = [
        {commit.spec["step"]: np.array(commit.summary["scores"]) for commit in run.commits("evaluation")}
        for run in pair
    ]
    score = found.comparison.set_index(found.comparison.step.fillna(-1))
    for step in (0, 1000):
        a, b = games[0][step], games[1][step]
        row = score.loc[step]
        assert (row.a, row.b) == (a.mean(), b.mean())
        assert row.difference == pytest.approx(a.mean() - b.mean())
        assert row.probability == pytest.approx(np.mean([(x > y) + (x == y) / 2 for x in a for y in b]))
        assert (row.units_a, row.units_b) == (3, 3)
    means = [(one[0].mean() + one[1000].mean()) / 2 for one in games]
    assert score.loc[-1].difference == pytest.approx(means[0] - means[1])
    assert found.emergence.verdict.tolist() == ["cannot be told"]
    assert found.claims.empty


def named_alike(found):
    """Matplotlib names clip paths of an SVG by where an object lies in memory, which now and then differs."""
    return {name: re.sub(rb"\bp[0-9a-f]{10}\b", b"clip", content) for name, content in found.items()}


def test_equal_comparisons_are_equal_files_and_replace_each_other(pair, tmp_path):
    for out in (tmp_path / "one", tmp_path / "two", tmp_path / "two"):
        write_diff(compare_runs([pair[0]], [pair[1]]), out)
    one, two = (named_alike(files(tmp_path / name)) for name in ("one", "two"))
    assert one == two
    assert set(files(tmp_path / "one")) == FILES
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}
    table = pd.read_csv(tmp_path / "one" / "comparison.csv")
    whole = pd.read_parquet(tmp_path / "one" / "comparison.parquet")
    np.testing.assert_allclose(table.difference, whole.difference, rtol=1e-5)


def test_a_folder_that_holds_something_else_is_left_alone(pair, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="holds something else than a comparison"):
        write_diff(compare_runs([pair[0]], [pair[1]]), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_differs_in_the_making_is_read_from_the_run(pair, tmp_path):
    for run in pair:
        shutil.copytree(run.path, tmp_path / run.name)
    a = trained(open_run(tmp_path / "a"), 1, buffer_size=10_000, gamma=0.99, snapshots={"every": 5})
    b = trained(open_run(tmp_path / "b"), 2, buffer_size=1_000_000, gamma=0.99, snapshots={"every": 7})
    found = compare_runs([a], [b])
    assert found.made.set_index("key")[["a", "b"]].T.to_dict("list") == {
        "seed": ["1", "2"], "recipe.buffer_size": ["10,000", "1,000,000"], "recipe.snapshots.every": ["5", "7"],
    }  # fmt: skip
    told = dict(summary(found))["What this can tell"]
    assert told[0] == "Apart from seeds, A and B differ in recipe.buffer_size."
    assert "One seed cannot separate what differs from the luck of the seed" in told[1]
    assert facts(a)["network"] == "nips"
    a = tell(a, provenance={}, recipe=None)
    rows = compare_runs([a], [b]).made.set_index("key")[["a", "b"]].T.to_dict("list")
    assert rows == {"recipe": ["not recorded", "recorded, 3 settings"], "seed": ["not recorded", "2"]}
    assert facts(tell(a, provenance={"origin": "x\x1b[2J|\ny"}))["origin"] == "x [2J  y"


def test_networks_go_by_name_or_by_their_layers(shipped_series, untrained):
    assert network_name(shipped_series.snapshots()[0].meta["architecture"]) == "nature"
    layers = describe(untrained(0).network)
    assert network_name(layers) == "nips"
    assert network_name([*layers[:-1], {**layers[-1], "in": 256, "out": 4, "type": "other"}]).startswith(
        "conv-16 conv-32"
    )


def test_seeds_are_replicates_when_both_sides_have_several(pair, tmp_path):
    for name in ("a2", "b2"):
        shutil.copytree(pair[name == "b2"].path, tmp_path / name)
    others = [trained(open_run(tmp_path / name), 1, gamma=0.9) for name in ("a2", "b2")]
    found = compare_runs([pair[0], others[0]], [pair[1], others[1]])
    assert found.replicates == "trainings"
    assert set(found.comparison.units_a) == {2}
    told = " ".join(dict(summary(found))["What this can tell"])
    assert "Trainings are the replicates (2 of A, 2 of B)" in told
    assert "With fewer than 3 on a side no difference of values is called one" in told
    assert "Trainings of A differ among themselves in recipe.gamma" in told
    assert len(found.values) == 4 * 2
    assert compare_runs([pair[0]], [pair[1], others[1]]).replicates == "games"


def test_curves_emergence_and_claims_of_strategy_results_at_matched_steps(measured, tmp_path):
    a, b = measured
    found = compare_runs([a], [b])
    assert found.scored.startswith("recorded games, ε = 0.5")
    curves = found.snapshots[found.snapshots.what == "curves"]
    assert curves[["side", "step"]].to_numpy().tolist() == [["A", 0], ["B", 0], ["A", 1000], ["B", 1040], ["B", 3000]]
    assert curves.moment.tolist() == [0, 0, 1020, 1020, pd.NA]
    chosen = found.comparison[found.comparison.family.str.startswith("curves")]
    assert {"behaviour/score", "lift/paddle"} <= set(chosen.figure)
    behaviour = found.comparison[(found.comparison.figure == "behaviour/score") & (found.comparison.step == 1020)]
    for run, step, value in ((a, 1000, behaviour.a), (b, 1040, behaviour.b)):
        scores = [c.summary["score"] for c in run.commits("episode") if c.spec["step"] == step]
        assert value.item() == np.mean(scores)
    assert "explored" in set(found.comparison.family)
    assert list(found.claims.columns) == ["claim", "A", "B"]
    assert set(found.claims.A) <= {"supported", "refuted", "untested"}
    assert "tracks-ball" in set(found.claims.claim)
    write_diff(found, tmp_path / "out")
    text = (tmp_path / "out" / "summary.md").read_text()
    assert "Without a partner, and left out of the curves, are of B (b): 3,000." in text
    assert "at most 40 steps apart" in text
    assert "| tracks-ball | " in text


def test_curves_are_left_out_with_a_reason_where_a_run_has_none(measured, pair):
    told = dict(summary(compare_runs([measured[0]], [play_recorded(pair[1])])))["What this can tell"]
    assert any(f"they need: rlxai strategy {pair[1].path}." in sentence for sentence in told)


def play_recorded(run):
    workflow.record_games(run, run.snapshots(), Serial(), quiet, games=2, max_decisions=100, epsilon=0.5)
    return run


def test_training_games_are_put_together_in_stretches(make_run):
    runs = []
    for name, games in (("a", 100), ("b", 60)):
        run = make_run(name)
        rows = "".join(f"{float(game)},400,{game}\n" for game in range(games))
        (run.path / "monitor.csv").write_text('#{"t_start": 0, "env_id": "breakout"}\nr,l,t\n' + rows)
        runs.append(run)
    found = compare_runs(runs[:1], runs[1:])
    assert found.scored == "training games, exploration included"
    steps = found.comparison.step.dropna().tolist()
    assert steps == [300 * stretch for stretch in range(1, 21)]  # 60 games of 100 decisions
    assert found.comparison.a[1:4].tolist() == [1, 4, 7]
    (runs[1].path / "monitor.csv").write_text("#{}\na,b\n1,2\n")
    with pytest.raises(RunError, match=r"monitor.csv: is not a readable"):
        compare_runs(runs[:1], runs[1:])


def test_what_cannot_be_compared_is_refused_in_one_sentence(pair, make_run):
    bare = make_run("bare")
    with pytest.raises(RunError, match=r"bare: holds no games to compare; run: rlxai evaluate .*bare$"):
        compare_runs([pair[0]], [bare])
    other = tell(make_run("other"), game="pong")
    with pytest.raises(
        InvalidValue, match=r"only runs of one game can be compared; .*a plays breakout, .*other plays pong"
    ):
        compare_runs([pair[0]], [other])
    with pytest.raises(InvalidValue, match="is given twice"):
        compare_runs([pair[0]], [pair[0]])
    with pytest.raises(InvalidValue, match="tolerance must be at least 0"):
        compare_runs([pair[0]], [pair[1]], tolerance=1.5)
    settings = play(make_run("settings"), games=1, epsilon=0.5)
    with pytest.raises(RunError, match=r"no games of one kind and setting \(a has .*0.9.*; settings has .*0.5"):
        compare_runs([pair[0]], [settings])


def test_no_matched_step_is_refused(pair, make_run):
    run = make_run("late")
    for path in run.snapshots_folder.iterdir():
        path.unlink()
    write_snapshot(untrained_agent(1, 5000), run.snapshots_folder)
    with pytest.raises(RunError, match=r"no snapshots are within 5% of the same step \(a: 0, 1,000; late: 5,000\)"):
        compare_runs([pair[0]], [play(run)])


def test_equal_weights_are_said(pair):
    told = dict(summary(compare_runs([pair[0]], [pair[1]])))["What this can tell"]
    assert "2 snapshots have equal weights in A and B: differences there are of games alone." in told


def test_the_verb_writes_beside_the_runs_and_takes_several_against_several(pair, tmp_path, capsys):
    paths = []
    for name, source in (("a1", 0), ("a2", 0), ("b1", 1), ("b2", 1)):
        shutil.copytree(pair[source].path, tmp_path / name)
        paths.append(str(tmp_path / name))
    verb.main([paths[0], paths[2], "--threshold", "1"], standalone_mode=False)
    said = capsys.readouterr().out
    assert said.startswith("A (a1) and B (b1)")
    assert f"tables, figure and summary: {tmp_path / 'diffs' / 'a1-vs-b1'}" in said
    assert set(files(tmp_path / "diffs" / "a1-vs-b1")) == FILES
    assert "1 points first" in said
    out = str(tmp_path / "out")
    verb.main([*paths[:2], "--against", *paths[2:], "--out", out], standalone_mode=False)
    assert capsys.readouterr().out.startswith("A (a1, a2) and B (b1, b2)")
    sides = [list(map(open_run, part)) for part in (paths[:2], paths[2:])]
    assert default_folder(*sides) == tmp_path / "diffs" / "a1+1-vs-b1+1"


@pytest.mark.parametrize("words", [["one"], ["1", "2", "3"], ["--against", "1"]])
def test_words_that_make_no_two_sides_are_wrong_usage(words):
    with pytest.raises(click.UsageError, match=r"two runs|before --against"):
        verb.main(words, standalone_mode=False)
