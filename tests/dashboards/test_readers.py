"""What the pages read: curves, scores, claims, clusters, agreement."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from dashboards.charts import axes
from dashboards.charts.clusters import inside
from dashboards.charts.curve import alternative
from dashboards.readers import agreement, curves, scores, strategy
from dashboards.readers.clusters import exemplars
from rlxai.errors import RunError
from rlxai.store.readable import read_table, readable
from rlxai.strategy.claims.claim import Evidence
from rlxai.strategy.curves import COLUMNS, Curves


@pytest.fixture
def known() -> Curves:
    rows = []
    for step, value in ((0, 1.0), (100, 4.0)):
        rows += [("lift/ball", "common", "none", 0, step, f"g{g}", value + g, 1.0) for g in range(3)]
        rows += [("lift/ball", "common", "shifted", draw, step, "", 0.5 + draw, 1.0) for draw in range(3)]
    rows += [("lift/ball", "common", "random", draw, 0, "", 2.0 + draw, 1.0) for draw in range(2)]
    return Curves(pd.DataFrame(rows, columns=list(COLUMNS)), best=100)


def test_a_band_has_the_agents_interval_and_the_range_of_each_control(known):
    band = curves.curve_band(known, "lift/ball", "common").set_index(["series", "step"])
    agent = band.loc[("agent", 100)]
    assert agent["value"] == 5.0
    assert agent["low"] < 5 < agent["high"]
    assert agent["games"] == 3
    assert tuple(band.loc[("shifted", 0), ["low", "value", "high"]]) == (0.5, 1.5, 2.5)


def test_random_networks_of_common_states_stand_for_all_steps(known):
    band = curves.curve_band(known, "lift/ball", "common").set_index(["series", "step"])
    for step in (0, 100):
        assert tuple(band.loc[("random", step), ["low", "value", "high"]]) == (2.0, 2.5, 3.0)


def test_the_alternative_text_gives_the_numbers(known):
    text = alternative(curves.curve_band(known, "lift/ball", "common"), "ball")
    assert text == "ball: 2 at step 0, 5 at step 100; random networks 2 to 3; shifted masks 0.5 to 2.5."
    assert alternative(curves.curve_band(known, "lift/wall", "common"), "wall") == "wall: not measured."


@pytest.mark.parametrize("log", [True, False])
def test_limits_hold_all_values_and_chance_but_not_endless_intervals(log):
    table = pd.DataFrame({"value": [0.5, 4.0, np.nan], "low": [0.0, 1.0, np.nan], "high": [1.0, 1e9, np.inf]})
    low, high = axes.limits_of([table], log=log, include=1.0)
    assert low <= 0.5
    assert 4 <= high < 20
    assert not log or low > 0


def test_training_games_end_where_their_frames_do(tmp_path):
    path = tmp_path / "monitor.csv"
    path.write_text('#{"t_start": 0, "env_id": "x"}\nr,l,t\n2,40,0.1\n4,80,0.2\n')
    table = scores.monitor_table(path, frame_skip=4)
    assert table["step"].tolist() == [10, 30]
    assert table["score"].tolist() == [2, 3]


@pytest.mark.parametrize("text", ["", "no csv", "#{}\na,b\n1,2\n", "#{}\nr,l,t\nx,1,1\n"])
def test_a_broken_monitor_file_is_said(tmp_path, text):
    (tmp_path / "monitor.csv").write_text(text)
    with pytest.raises(RunError, match=r"monitor\.csv"):
        scores.monitor_table(tmp_path / "monitor.csv", 4)


@pytest.mark.parametrize(
    ("asked", "low", "high", "words"),
    [
        (Evidence("lift/ball", "own", "above", 0.5), 0.5, 0.5, "above 0.5"),
        (Evidence("lift/ball", "own", "above", "control:random", factor=2), 1, 3, "above 2 × random networks (3)"),
        (Evidence("lift/ball", "own", "below", "control:shifted", factor=2), 1, 3, "below shifted masks ÷ 2 (1)"),
        (Evidence("lift/ball", "own", "differs", "figure-at-step-0", margin=1), 1, 3,
         "apart from the first snapshot by 1 (1 to 3)"),
        (Evidence("lift/ball", "own", "above", "control:random"), np.nan, np.nan, "above random networks (unknown)"),
    ],
)  # fmt: skip
def test_what_evidence_asks_is_said_with_its_threshold(asked, low, high, words):
    assert strategy.needed(asked, low, high) == words


def test_claims_hold_evidence_and_moments(measured_run):
    (commit, *_), problems = strategy.results(measured_run)[0].values(), strategy.results(measured_run)[1]
    assert problems == []
    cards = {card.name: card for card in strategy.cards(commit)}
    assert [piece.outcome for piece in cards["hostile"].pieces] == ["cannot be told"] * 2  # of one game
    assert cards["looks-at-ball"].best
    words = [card.verdict for card in strategy.cards(commit)]
    assert words == sorted(words, key=strategy.ORDER.index)


def test_agreement_is_spearmans(generator):
    maps = {"a": generator.normal(size=(8, 8)), "b": generator.normal(size=(8, 8)), "flat": np.ones((8, 8))}
    table = agreement.agreement(maps).set_index(["first", "second"])["correlation"]
    assert table["a", "b"] == pytest.approx(spearmanr(np.abs(maps["a"]).ravel(), np.abs(maps["b"]).ravel()).statistic)
    assert table["a", "a"] == pytest.approx(1)
    assert np.isnan(table["a", "flat"])


def test_quick_methods_come_first_and_families_keep_their_order():
    quick = agreement.quick_methods()
    assert "lrp-epsilon-plus-flat" in quick
    assert "rise" not in quick
    assert list(agreement.by_family(["rise", "gradient", "cam"])) == ["gradient", "CAM", "perturbation"]


def test_a_selection_is_a_box_or_clicked_maps():
    maps = pd.DataFrame({"row": [0, 1, 2], "x": [0.0, 1.0, 2.0], "y": [0.0, 1.0, 2.0]})
    assert inside(maps, {"box": {"x": [1.5, 0.5], "y": [0, 3]}})["row"].tolist() == [1]
    assert inside(maps, {"box": {"x": [0, 3], "y": [0, 3]}, "point": [{"row": 2}]})["row"].tolist() == [2]
    assert inside(maps, {"box": {}, "point": []}).empty


def test_exemplars_are_spread_over_the_games():
    maps = pd.DataFrame({"step": 1, "episode": ["b"] * 50 + ["a"] * 50, "decision": range(100), "cluster": 0})
    found = exemplars(maps, 4)
    assert [moment.game for moment in found] == ["a", "a", "b", "b"]
    assert len(exemplars(maps[:2], 4)) == 2


def test_a_file_damaged_behind_its_record_is_said(a_copy):
    (commit, *_), problems = readable(a_copy, "strategy")
    assert problems == []
    for name in ("curves.parquet", "moments.csv"):
        (commit.folder / name).write_bytes(b'"')
        with pytest.raises(RunError, match="is not a readable table"):
            read_table(commit, name)
    with pytest.raises(RunError, match="was made without nothing"):
        read_table(commit, "nothing.parquet")
    assert len(readable(a_copy, "strategy")[1]) == 1
