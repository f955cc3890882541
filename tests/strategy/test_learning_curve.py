from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlxai.strategy.learning_curve import COLUMNS, reference_curve, training_curve
from rlxai.strategy.learning_curve_figure import curve_figure


def test_the_training_curve_is_the_mean_of_the_last_hundred_games(generator):
    returns, lengths = generator.integers(0, 50, 250).astype(float), generator.integers(400, 3000, 250).astype(float)
    table = training_curve(returns, lengths, 4)
    assert len(table) == 250
    for game in (0, 1, 57, 99, 100, 249):
        row = table.iloc[game]
        last = returns[max(0, game - 99) : game + 1]
        assert (row["mean"], row.best, row.games) == (pytest.approx(last.mean()), last.max(), len(last))
        assert row.step == int(lengths[: game + 1].sum() / 4)


def test_a_long_training_is_thinned_to_what_can_be_seen(generator):
    table = training_curve(np.arange(9000.0), np.full(9000, 400.0), 4)
    assert len(table) == 400
    assert table.step.iloc[[0, -1]].tolist() == [100, 900_000]
    assert training_curve(np.zeros(0), np.zeros(0), 4).empty


def test_the_reference_is_the_zoos():
    name, table = reference_curve("breakout")
    assert name == "rl-baselines3-zoo's DQN"
    curves = table.pivot(index="step", columns="series", values="mean")
    # shared notes on the zoo's monitor: 80 at 1.25 million decisions, 204 at 2.5 million
    assert curves["reference training"][[1_250_000, 2_500_000]].tolist() == pytest.approx([80, 204], abs=1)
    assert curves["reference evaluation"][10_000_000] == pytest.approx(300, abs=100)
    assert curves.index.tolist() == list(range(50_000, 10_000_001, 50_000))
    assert reference_curve("seaquest") is None


@pytest.mark.parametrize("trained", [True, False])
def test_the_figure_shows_each_series_up_to_the_end_of_the_training(trained):
    evaluation = pd.DataFrame({
        "series": "evaluation", "step": [0, 400_000], "games": 2, "mean": [1.0, 9.0], "low": [0.5, np.nan],
        "high": [1.5, np.nan], "best": [2.0, 12.0],
    })  # fmt: skip
    name, reference = reference_curve("breakout")
    training = training_curve(np.arange(5.0), np.full(5, 3.2e5), 4)
    table = pd.concat([evaluation, reference, *([training] if trained else [])]).reindex(columns=COLUMNS)
    games = pd.DataFrame({"step": [0, 0, 400_000, 400_000], "score": [0.0, 2.0, 6.0, 12.0]})
    axis = curve_figure(table, games, title="a run", kind="2 games", reference=name).axes[0]
    labels = axis.get_legend_handles_labels()[1]
    expected = [f"{name}: evaluation", f"{name}: training", "evaluation, 2 games"]
    assert labels == expected[:2] + ["training, mean of the last 100 games"] * trained + expected[2:]
    assert max(line.get_xdata()[-1] for line in axis.lines) == 400_000
    assert axis.get_xlim()[1] == pytest.approx(408_000)
