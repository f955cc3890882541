"""Tables behind the Training figures."""

import numpy as np
import pandas as pd
import pytest

from dashboards import figures
from rlxai.errors import RunError

LIFT = figures.MEASURES["lift"]


@pytest.fixture
def ledger() -> pd.DataFrame:
    rows = []
    for step, lift in ((0, 1.0), (100, 4.0)):
        rows.append((step, "common", "none", 0, "ball", "all", lift))
        rows.append((step, "common", "none", 0, "ball", "3", 99.0))
        rows.append((step, "own", "none", 0, "ball", "all", 7.0))
        rows += [(step, "common", "shifted", draw, "ball", "all", 0.5 + draw) for draw in range(3)]
    rows += [(0, "common", "random", draw, "ball", "all", 2.0 + draw) for draw in range(2)]
    return pd.DataFrame(rows, columns=["step", "states", "control", "draw", "object", "frame", "lift"])


def test_bands_run_over_the_draws_of_the_wanted_states_and_all_frames(ledger):
    band = figures.ledger_band(ledger, "common", LIFT).set_index(["series", "step"])
    assert band.loc[("agent", 100), "value"] == 4.0
    assert tuple(band.loc[("shifted map", 0), ["low", "value", "high"]]) == (0.5, 1.5, 2.5)


def test_random_networks_of_common_states_are_drawn_over_all_steps(ledger):
    band = figures.ledger_band(ledger, "common", LIFT).set_index(["series", "step"])
    for step in (0, 100):
        assert tuple(band.loc[("random network", step), ["low", "value", "high"]]) == (2.0, 2.5, 3.0)


def test_the_value_axis_holds_everything_and_chance(ledger):
    band = figures.ledger_band(ledger, "common", LIFT)
    low, high = figures.value_range(band.assign(low=np.where(band["low"] < 1, 0.0, band["low"])), LIFT)
    assert 0 < low <= 1
    assert high >= 4


def test_the_alternative_text_gives_the_numbers(ledger):
    text = figures.alternative(figures.ledger_band(ledger, "common", LIFT), "ball", LIFT)
    assert text == "ball: lift 1 at step 0, 4 at step 100; random networks 2 to 3."
    assert figures.alternative(figures.ledger_band(ledger, "common", LIFT), "paddle", LIFT) == "paddle: no value."


def test_training_games_end_where_their_frames_do(tmp_path):
    path = tmp_path / "monitor.csv"
    path.write_text('#{"t_start": 0, "env_id": "x"}\nr,l,t\n2,40,0.1\n4,80,0.2\n')
    table = figures.monitor_table(path, frame_skip=4, games=2)
    assert table["step"].tolist() == [10, 30]
    assert table["score"].tolist() == [2, 3]


@pytest.mark.parametrize("text", ["", "no csv", "#{}\na,b\n1,2\n", "#{}\nr,l,t\nx,1,1\n"])
def test_a_broken_monitor_file_is_said(tmp_path, text):
    (tmp_path / "monitor.csv").write_text(text)
    with pytest.raises(RunError, match=r"monitor\.csv"):
        figures.monitor_table(tmp_path / "monitor.csv", 4)
