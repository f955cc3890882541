"""Differences are paired by seed."""

import pandas as pd
import pytest

from rlxai.features.effects import BASE, effects
from rlxai.features.effects_figure import effects_figure


def games(scores):
    return pd.DataFrame({"seed": range(len(scores)), "score": scores, "decisions": [10.0] * len(scores)})


def test_paired_differences():
    table = effects({BASE: games([10.0, 50.0, 90.0, 30.0]), "blind: ball": games([5.0, 45.0, 85.0, 25.0])})
    whole, blind = table.to_dict("records")
    assert whole["difference"] == whole["difference_low"] == whole["difference_high"] == 0
    assert (whole["score"], blind["score"]) == (45, 40)
    assert blind["low"] < 40 < blind["high"]  # games differ a lot ...
    assert blind["difference"] == blind["difference_low"] == blind["difference_high"] == -5  # ... pairs do not
    assert blind["share"] == pytest.approx(40 / 45)


def test_scores_below_zero_have_no_share():
    table = effects({BASE: games([-3.0, 5.0]), "blind: ball": games([-21.0, -20.0])})
    assert table.share.isna().all()
    assert table.low.iloc[1] < -20.5  # not cut at 0
    figure = effects_figure(table.assign(kind=["whole", "blind"]), title="t", caption="c")
    assert figure.axes[0].get_xlim()[0] < -20.5


def test_a_figure_of_equal_scores():
    table = effects({BASE: games([0.0, 0.0]), "blind: ball": games([0.0, 0.0])})
    low, high = effects_figure(table.assign(kind=["whole", "blind"]), title="t", caption="c").axes[0].get_xlim()
    assert low < high
