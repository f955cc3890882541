"""What the Units and Embedding pages read, on tables made by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboards.links import frame_link, replay_address
from dashboards.readers import embeddings, units
from dashboards.readers.arrays import read_array
from dashboards.readers.unit_pictures import map_png, preimage_table
from rlxai.errors import RunError
from rlxai.replay.listing import ReplayEpisode
from rlxai.store import Commit

BALL, PADDLE = "ball", "paddle"


def made(folder: Path, file: str, summary: dict[str, Any] | None = None) -> Commit:
    """A result with one file."""
    return Commit("features-x", "t", {}, summary or {}, {file: (1, "")}, "a", folder)


def dissection_row(step, unit, name, iou, low, control="none"):
    return {"step": step, "layer": "conv1", "unit": unit, "object": name, "control": control, "iou": iou, "low": low,
            "high": iou + 0.1, "selectivity": iou}  # fmt: skip


def tuning_row(step, unit, name, r2, control="none"):
    return {"step": step, "layer": "hidden1", "unit": str(unit), "property": name, "control": control, "r2": r2}


@pytest.fixture
def tables():
    """Unit 1 comes to mark the ball, unit 0 the paddle no better than by place; neuron 0 follows ball x."""
    dissection = [
        dissection_row(step, unit, name, iou, iou - 0.05)
        for step, unit, name, iou in (
            (0, 0, BALL, 0.1), (0, 1, BALL, 0.1), (0, 0, PADDLE, 0.3), (0, 1, PADDLE, 0.0),
            (9, 0, BALL, 0.1), (9, 1, BALL, 0.5), (9, 0, PADDLE, 0.3), (9, 1, PADDLE, 0.0),
        )
    ]  # fmt: skip
    dissection += [dissection_row(step, 0, BALL, 0.05, None, "shuffled") for step in (0, 9)]
    dissection += [dissection_row(step, 0, PADDLE, 0.3, None, "shuffled") for step in (0, 9)]
    dissection += [dissection_row(0, 0, name, 0.2, None, "random") for name in (BALL, PADDLE)]
    tuning = [tuning_row(9, 0, "ball x", 0.6), tuning_row(9, 0, "ball y", 0.1), tuning_row(9, 1, "ball x", 0.2),
              tuning_row(0, 0, "ball x", 0.3, "random")]  # fmt: skip
    own = [
        {"step": step, "layer": layer, "unit": unit, "active": 0.1 * unit, "dead": unit == 0 and layer == "hidden1",
         "changed": 0.2 * unit, "changed_low": 0.0, "changed_high": 0.5}
        for step in (0, 9) for layer in ("conv1", "hidden1") for unit in (0, 1)
    ]  # fmt: skip
    exemplars = [{"layer": layer, "unit": unit} for layer in ("conv1", "hidden1") for unit in "01"]
    exemplars += [{"layer": "outputs", "unit": unit} for unit in ("LEFT", "value")]
    return units.Tables(*map(pd.DataFrame, (own, dissection, tuning, exemplars)))


def test_layers_steps_and_objects(tables):
    assert tables.layers == ["conv1", "hidden1", "outputs"]
    assert tables.steps == [0, 9]
    assert tables.objects == [BALL, PADDLE]
    assert tables.spatial("conv1")
    assert not tables.spatial("hidden1")


def test_scores_stand_beside_their_controls(tables):
    found = units.scores(tables, "conv1").set_index(["step", "unit", "object"])
    row = found.loc[(9, "1", BALL)]
    assert (row.value, row.shuffled, row.random) == (0.5, 0.05, 0.2)  # drawn once, for all snapshots
    marking = units.marks(found)
    assert marking[marking].index.tolist() == [(9, "1", BALL)]


def test_neurons_are_scored_by_the_property_they_follow_most(tables):
    found = units.scores(tables, "hidden1").set_index("unit")
    assert found.loc["0", "name"] == "ball x"
    assert (found.loc["0", "value"], found.loc["0", "random"]) == (0.6, 0.3)
    assert units.marks(found).to_dict() == {"0": True, "1": False}


def test_what_has_no_control_marks_nothing(tables):
    rows = units.scores(tables, "hidden1").assign(random=np.nan)
    assert not units.marks(rows).any()


def test_units_are_listed_sorted_and_filtered(tables):
    scored = units.scores(tables, "conv1")
    rows = units.listed(tables, scored, "conv1", 9, BALL, np.array([0.4, 0.1]), {"0": -3.0})
    assert rows.unit.tolist() == ["0", "1"]
    assert rows.gained.tolist() == pytest.approx([0.0, 0.4])
    assert rows.marks.tolist() == [False, True]
    assert rows.lost.tolist()[0] == -3.0
    assert units.chosen(rows, "score with the object", []).unit.tolist() == ["1", "0"]
    assert units.chosen(rows, "weights moved in training", []).unit.tolist() == ["0", "1"]
    assert units.chosen(rows, "points lost without it", []).unit.tolist() == ["0", "1"]  # unknown comes last
    assert units.chosen(rows, "number", ["mark the object"]).unit.tolist() == ["1"]
    assert units.chosen(rows, "number", ["change decisions"]).unit.tolist() == ["1"]
    assert "points lost without it" not in units.sorts_for(rows)  # one unit alone is no order
    assert {"number", "score with the object", "decisions changed without it"} <= set(units.sorts_for(rows))
    neurons = units.listed(tables, units.scores(tables, "hidden1"), "hidden1", 9, BALL, np.zeros(0), {})
    assert units.chosen(neurons, "number", ["are ever active"]).unit.tolist() == ["1"]
    outputs = units.listed(tables, units.scores(tables, "outputs"), "outputs", 9, BALL, np.zeros(0), {})
    assert outputs.unit.tolist() == ["LEFT", "value"]


def test_a_layer_that_too_few_states_tell_of_is_listed_without_scores(tables):
    bare = units.Tables(tables.units, tables.dissection, tables.tuning.iloc[:0], tables.exemplars)
    rows = units.listed(bare, units.scores(bare, "hidden1"), "hidden1", 9, BALL, np.zeros(2), {})
    assert rows.score.isna().all()
    assert len(rows) == 2


def test_games_without_a_unit_are_found_by_its_name():
    table = pd.DataFrame({
        "condition": ["nothing", "unit 7 of conv1, the best for the ball", "units 7, 9 of conv1, the best",
                      "unit 23 of conv1, at random", "unit 1 of conv12, x"],
        "difference": [0.0, -5.0, -6.0, -7.0, -8.0],
    })  # fmt: skip
    found = units.lost_without(table, "conv1")
    assert {unit: float(row.difference) for unit, row in found.items()} == {"7": -5.0, "23": -7.0}
    assert units.lost_without(None, "conv1") == {}


def test_a_frame_opens_with_maps_of_its_snapshot_where_there_are_some():
    class Source:
        def __init__(self, step, method, target):
            self.step, self.method, self.target = step, method, target

    maps = [Source(5, "gradient", "value"), Source(5, "lrp-epsilon-plus-flat", "advantage"), Source(6, "x", "y")]
    episode = ReplayEpisode.__new__(ReplayEpisode)
    object.__setattr__(episode, "task", "t1")
    object.__setattr__(episode, "maps", maps)
    link = frame_link("r u&n", "t1", 12, 5, [episode])
    assert link["p"] == "5,lrp-epsilon-plus-flat,advantage"
    assert "p" not in frame_link("run", "t2", 12, 5, [episode])
    assert replay_address(link).startswith("./?run=r+u%26n&episode=t1&t=12&p=5%2C")


def test_planes_are_in_order_whatever_the_record_says(tmp_path):
    points = pd.DataFrame({
        "step": [1, 1], "game": ["a", "a"], "decision": [0, 1], "value": [0.0, 1], "action": [0, 1],
        "ball x": [1.0, np.nan], "ball area": [2.0, 2.0], "pca-x": [0.0, 1], "pca-y": [0.0, 1],
    })  # fmt: skip
    points.to_parquet(tmp_path / "points.parquet")
    names = ("tsne-100", "pca", "umap", "tsne-5")
    summary = {"layer": "hidden1", "actions": ["LEFT", "RIGHT"], "titles": dict.fromkeys(names, "x"),
               "trust": dict.fromkeys(names, 1.0)}  # fmt: skip
    commit = made(tmp_path, "points.parquet", summary)
    found = embeddings.read_embedding(commit)
    assert list(found.planes) == ["pca", "tsne-5", "tsne-100", "umap"]
    by = embeddings.colourings(found)
    assert by == {"value": "value", "best action": "action"}  # of the rest nothing varies
    assert embeddings.coloured(found, "pca", "action").by.tolist() == ["LEFT", "RIGHT"]
    with pytest.raises(RunError, match="made by an earlier version"):
        embeddings.read_embedding(made(tmp_path, "points.parquet", {"layer": "hidden1"}))


def test_some_of_many_are_spread_over_all():
    points = pd.DataFrame({"game": ["b", "a", "a", "b"], "decision": [1, 2, 1, 2], "step": 0, "row": range(4)})
    assert embeddings.some_of(points, 2).row.tolist() == [2, 3]
    assert len(embeddings.some_of(points, 9)) == 4


def test_traits_keep_the_signs_of_their_numbers():
    assert (
        embeddings.traits_in_words("visible-ball y -1.1 sd; value +2.0 sd") == "visible ball y -1.1 sd, value +2.0 sd"
    )
    assert embeddings.traits_in_words("") == ""


@pytest.mark.parametrize("content", [b"", b"junk", "short", "flat"])
def test_an_array_that_is_not_what_was_written_is_one_sentence(tmp_path: Path, content):
    path = tmp_path / "a.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, np.zeros((1, 2)) if content == "short" else np.zeros(3))
    commit = made(tmp_path, "a.npy")
    with pytest.raises(RunError, match=r"a\.npy: is not a readable array of this result"):
        read_array(commit, "a.npy", dims=2, length=3)


def test_pickles_are_not_read(tmp_path: Path):
    np.save(tmp_path / "a.npy", np.array([{}]), allow_pickle=True)
    commit = made(tmp_path, "a.npy")
    with pytest.raises(RunError, match="is not a readable array"):
        read_array(commit, "a.npy", dims=1)


def test_a_silent_map_is_dark():
    colours = np.arange(3, dtype=np.uint8)[:, None].repeat(3, 1)
    assert map_png(np.zeros((2, 2)), 0.0, colours) == map_png(np.zeros((2, 2)), 1.0, colours)


def test_preimages_are_told_by_the_better_prior():
    rows = [{"object": BALL, "layer": layer, "state": state, "prior": prior, "recovered": value}
            for layer, state, prior, value in (("conv2", 0, "plain", 0.2), ("conv2", 0, "deep", 0.6),
                                               ("conv2", 1, "plain", 0.4), ("conv1", 0, "plain", 1.0))]  # fmt: skip
    found = preimage_table(pd.DataFrame(rows))
    assert list(found.columns) == ["conv2", "conv1"]
    assert found.loc[BALL].tolist() == pytest.approx([0.5, 1.0])
