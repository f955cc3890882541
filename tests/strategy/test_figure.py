"""The figure draws what the table says: read back from its artists."""

import numpy as np
import pandas as pd
import pytest

from rlxai.strategy.figure import band, ledger_figure


@pytest.fixture
def table() -> pd.DataFrame:
    rows = []
    for states in ("common", "own"):
        for name in ("visible-ball", "paddle"):
            for step in (0, 1000, 2000):
                rows.append((states, step, "none", 0, name, 1 + step / 1000))
                rows += [(states, step, "shifted", draw, name, 0.9 + 0.1 * draw) for draw in range(3)]
                if states == "own" or step == 0:
                    rows += [(states, step, "random", draw, name, 0.5 + draw) for draw in range(2)]
    table = pd.DataFrame(rows, columns=["states", "step", "control", "draw", "object", "lift"])
    return table.assign(frame="all", method="gradient", target="value")


def test_lines_are_the_agents_lift_on_a_log_axis(table):
    figure = ledger_figure(table, {0: 1.0, 2000: 5.0}, title="toy", games="evaluation games")
    score, *panels = figure.axes
    np.testing.assert_array_equal(score.lines[0].get_xydata(), [[0, 1], [2, 5]])
    assert len(panels) == 4
    for panel in panels:
        np.testing.assert_allclose(panel.lines[0].get_xydata(), [[0, 1], [1, 2], [2, 3]])
        assert panel.get_yscale() == "log"
    assert "gradient of value" in figure.get_suptitle()


def test_bands_run_from_the_lowest_to_the_highest_draw_and_random_ones_reach_over_all_snapshots(table):
    own = table[(table.states == "own") & (table.object == "paddle")]
    assert band(own, "random").loc[1000].to_dict() == {"low": 0.5, "high": 1.5}
    figure = ledger_figure(table, {}, title="toy", games="no games")
    common = figure.axes[1]
    (random, _) = common.collections[:2]
    extent = random.get_paths()[0].get_extents()
    assert (extent.x0, extent.x1) == (0, 2)
    assert (extent.y0, extent.y1) == pytest.approx((0.5, 1.5))


def test_a_run_without_scores_says_so(table):
    figure = ledger_figure(table, {}, title="toy", games="no games")
    assert [text.get_text() for text in figure.axes[0].texts] == ["no scores in this run"]
