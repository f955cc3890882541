"""A run's units from end to end: done once, the same again, with readable results, and a planted detector on top."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from torch import nn

from rlxai.cli.features import features
from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.features.layers import unit_layers
from rlxai.networks import Agent, write_snapshot
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.features.cards import CardsTask, importance
from rlxai.pipeline.features.conditions import conditions, look_at
from rlxai.pipeline.features.embedding import EmbeddingTask
from rlxai.pipeline.features.plan import FeaturesPlan, measure_features, thinned
from rlxai.pipeline.features.units import UnitsTask
from rlxai.pipeline.selection import spread
from rlxai.store import Run
from tests.small_run import build_bare_run

PLAN = FeaturesPlan(
    games=1, max_decisions=50, states=24, scripts=0, exemplars=2, randoms=1, neurons=2, steps=3, preimages=1,
    trials=1, points=24, perplexities=(5.0,), side=3,
)  # fmt: skip
ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    run = build_bare_run(tmp_path_factory.mktemp("features") / "run")
    return run, measure_features(run, Serial(), quiet, PLAN)


def test_everything_is_there_and_done_once(measured):
    run, result = measured
    assert {"units.parquet", "dissection.parquet", "tuning.parquet", "exemplars.parquet", "detectors.parquet",
            "detectors.csv", "detectors.svg", "tuned.parquet", "cards.parquet", "effects.parquet",
            "features.html"} <= set(result.files)  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert measure_features(run, Serial(), quiet, PLAN) == result
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()} == before


def test_tables_hold_all_snapshots_units_and_objects(measured):
    run, result = measured
    units = pd.read_parquet(result.folder / "units.parquet")
    assert units.groupby(["step", "layer"]).size().to_dict() == {
        (step, layer): count for step in (0, 1000) for layer, count in (("conv1", 16), ("conv2", 32), ("hidden1", 256))
    }
    dissection = pd.read_parquet(result.folder / "dissection.parquet")
    agent = dissection[dissection.control == "none"]
    names = load_episode(run.commits("episode")[0].folder).mask_names
    assert len(agent) == 2 * (16 + 32) * len(names)
    assert set(dissection.control) == {"none", "shuffled", "random"}
    assert set(dissection[dissection.control == "random"].step) == {0}  # drawn once, for all
    exemplars = pd.read_parquet(result.folder / "exemplars.parquet")
    assert {"NOOP", "value", "advantage"} <= set(exemplars[exemplars.layer == "outputs"].unit)
    top = exemplars[(exemplars.which == "top") & (exemplars.step == 0)]
    assert (top.sort_values("rank").groupby(["layer", "unit"]).value.diff().dropna() <= 0).all()


def test_exemplars_are_the_largest_values_of_their_states(measured):
    run, result = measured
    table = pd.read_parquet(result.folder / "exemplars.parquet")
    agent = run.snapshot(1000).load()
    rows = table[(table.step == 1000) & (table.layer == "conv2") & (table["rank"] == 0) & (table.unit == "5")]
    for row in rows.itertuples():
        episode = load_episode(run.commit("episode", row.game).folder)
        maps = agent.network[:3](agent.to_input(episode.observations(np.array([row.decision]))))[0, 5]
        expected = maps.max() if row.which == "top" else maps.min()
        assert float(expected) == pytest.approx(row.value, rel=1e-4)
        assert float(maps[row.row, row.column]) == pytest.approx(row.value, rel=1e-4)


def test_results_for_pages_are_arrays_beside_their_tables(measured):
    run, _ = measured
    (cards,) = run.commits("features-cards")
    table = pd.read_parquet(cards.folder / "cards.parquet")
    for layer, size in (("conv1", 8), ("conv2", 20), ("hidden1", 84), ("outputs", 84)):
        crops = np.load(cards.folder / f"{layer}-crops.npy", allow_pickle=False)
        optimised = np.load(cards.folder / f"{layer}-optimised.npy", allow_pickle=False)
        count = int((table.layer == layer).sum())
        assert crops.shape == (count, 2 + 2, 4, size, size)
        assert optimised.shape == (count, 2, 4, size, size)
    embeddings = {len(c.spec["snapshots"]): c for c in run.commits("features-embedding")}
    points = pd.read_parquet(embeddings[2].folder / "points.parquet")
    assert {"step", "game", "decision", "value", "action", "ball x", "pca-x", "tsne-5-y"} <= set(points.columns)
    assert set(points.step) == {0, 1000}
    cells = pd.read_parquet(embeddings[1].folder / "cells.parquet")
    assert len(np.load(embeddings[1].folder / "atlas-typical.npy", allow_pickle=False)) == len(cells) > 0


def test_the_page_stands_alone(measured):
    _, result = measured
    page = (result.folder / "features.html").read_text("utf-8")
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="([^:"]*):', page)) == {"data"}
    for heading in (
        "Which units mark which objects",
        "Cards of the units",
        "Weights and feature maps",
        "Read with care",
    ):
        assert heading in page


def test_same_inputs_same_bytes(measured):
    run, _ = measured
    for kind in ("features-units", "features-embedding", "features-cards"):
        commit = run.commits(kind)[0]
        spec = json.loads(json.dumps(commit.spec))
        task = {"features-units": _units, "features-embedding": _embedding, "features-cards": _cards}[kind](spec)
        assert task.spec() == commit.spec
        with run.attempt("other", {"again": kind}) as attempt:
            task.execute(run, attempt, lambda done, total: None)
            for name in commit.files:
                assert (attempt.folder / name).read_bytes() == (commit.folder / name).read_bytes(), name


def _units(spec):
    selection = tuple((task, tuple(t)) for task, t in spec["selection"])
    return UnitsTask(spec["step"], spec["snapshot"], selection, spec["exemplars"], spec["randoms"])


def _embedding(spec):
    selection = tuple((task, tuple(t)) for task, t in spec["selection"])
    snapshots = tuple((step, sha) for step, sha in spec["snapshots"])
    return EmbeddingTask(
        snapshots, selection, tuple(spec["perplexities"]), spec["side"], spec["steps"], spec["umap"], spec["seed"]
    )


def _cards(spec):
    return CardsTask(spec["step"], spec["snapshot"], spec["exemplars"], spec["neurons"], spec["steps"])


def test_a_planted_ball_detector_comes_out_on_top(tmp_path):
    """A first layer of random kernels but one, which fires for a small grey spot on black."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(4, 8, 6, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 1600, 4))
    with torch.no_grad():
        network[0].weight[3] = 0
        network[0].weight[3, 3] = -4.0
        network[0].weight[3, 3, 2:4, 2:4] = 2.0
        network[0].bias[3] = -0.02
    agent = Agent(network, ACTIONS, game="breakout", step=0)
    info = {"game": "breakout", "actions": list(ACTIONS), "preprocessing": agent.preprocessing.to_dict(),
            "recipe": None, "provenance": {}}  # fmt: skip
    run = Run.create(tmp_path / "planted", info)
    write_snapshot(agent, run.snapshots_folder)
    (game,) = workflow.record_games(run, run.snapshots(), Serial(), quiet, max_decisions=120, epsilon=1.0)
    selection = spread([(game.task, game.summary["decisions"])], 60, skip=4)
    (commit,) = Serial().run(run, [UnitsTask(0, run.snapshots()[0].sha256, selection, 2, 1)], quiet)
    table = pd.read_parquet(commit.folder / "dissection.parquet")
    balls = table[(table.object == "visible-ball") & (table.control == "none")].set_index("unit")
    assert balls.iou.idxmax() == 3
    assert balls.frame[3] == 3  # the newest
    others = table[(table.object == "visible-ball") & (table.control != "none")].iou.max()
    assert balls.iou[3] > 1.5 * max(others, balls.iou.drop(3).max())


def test_what_is_taken_away(measured):
    run, _ = measured
    agent = run.snapshot(0).load()
    episode = run.commits("episode")[0]
    scene = look_at(run, agent, spread([(episode.task, episode.summary["decisions"])], 12, skip=4))
    assert scene.background == 0
    assert {"visible-ball", "paddle", "bricks", "wall", "score"} <= set(scene.objects)
    assert not {"tunnel", "channel"} & set(scene.objects)  # as black as the background
    assert {"visible-ball", "paddle"} <= set(scene.small)
    assert not {"bricks", "wall"} & set(scene.small)
    table = pd.DataFrame([
        {"step": 7, "layer": "conv1", "object": "paddle", "control": "none", "unit": unit, "iou": iou, "low": iou - 0.1}
        for unit, iou in enumerate((0.5, 0.2, 0.6, 0.9))
    ])  # fmt: skip
    limits = pd.DataFrame([{"layer": "conv1", "object": "paddle", "iou": 0.9, "shuffled": 0.3, "random": 0.2,
                            "detectors": 3}])  # fmt: skip
    found = {one.name: one for one in conditions(table, limits, scene, {"conv1": 16}, 7, 0)}
    assert next(iter(found)) == "nothing"
    assert found["unit 3 of conv1, the best for the paddle"].units == (("conv1", (3,)),)
    together = found["units 3, 2, 0 of conv1, the best for the paddle"]
    assert together.units == (("conv1", (3, 2, 0)),)
    controls = [one for one in found.values() if one.kind == "random units"]
    assert [len(one.units[0][1]) for one in controls] == [1, 1, 3]
    assert not {0, 2, 3} & {unit for one in controls for unit in one.units[0][1]}
    assert "holes like the paddle, elsewhere" in found
    assert "holes like the bricks, elsewhere" not in found


def test_small_pieces(measured):
    assert thinned((("a", (1, 2, 3)), ("b", (4, 5))), 3) == (("a", (1, 3)), ("b", (5,)))
    run, _ = measured
    agent = run.snapshot(0).load()
    hidden = unit_layers(agent)[-1]
    means = np.linspace(0, 1, hidden.units)
    expected = means * agent.network[-1].weight.std(0, correction=0).numpy()
    assert importance(agent, hidden, means) == pytest.approx(expected)


def test_mistakes_are_one_sentence(make_run, tmp_path, capsys):
    run = make_run("run")
    with pytest.raises(InvalidValue, match="states must be at least 1, met 0"):
        measure_features(run, Serial(), quiet, FeaturesPlan(states=0))
    with pytest.raises(InvalidValue, match="perplexities must be above 0"):
        measure_features(run, Serial(), quiet, FeaturesPlan(perplexities=()))
    other = Run.create(tmp_path / "other", {"game": "seaquest", "actions": []})
    with pytest.raises(RunError, match="objects of seaquest are not known"):
        measure_features(other, Serial(), quiet, FeaturesPlan())


def test_the_verb_finds_everything_done_and_prints_tables(measured):
    run, result = measured
    options = {name: getattr(PLAN, name) for name in ("games", "max_decisions", "states", "scripts", "exemplars",
               "randoms", "neurons", "steps", "preimages", "trials", "points", "side")}  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    found = CliRunner().invoke(features, [str(run.path), *words, "--perplexity", "5"])
    assert found.exit_code == 0, found.output
    assert "units that mark objects, step" in found.output
    assert "blind: paddle" in found.output
    assert found.output.rstrip().endswith(str(result.folder / "features.html"))
