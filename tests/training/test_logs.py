from __future__ import annotations

import pandas as pd
import pytest

from rlxai.training.logs import rows_until, training_logger


def write(logger, step, **values):
    for name, value in {"time/total_timesteps": step, **values}.items():
        logger.record(name, value)
    logger.dump(step)


def test_a_log_goes_on_after_a_step_and_forgets_what_came_later(tmp_path):
    with training_logger(tmp_path) as logger:
        for step in (100, 200, 300):
            write(logger, step, loss=step / 1000)
    with training_logger(tmp_path, 200) as logger:
        write(logger, 250, loss=0.25, share=0.5)  # a column that is new
    log = pd.read_csv(tmp_path / "progress.csv")
    assert log["time/total_timesteps"].tolist() == [100, 200, 250]
    assert log["loss"].tolist() == [0.1, 0.2, 0.25]
    assert log["share"].isna().tolist() == [True, True, False]
    assert len(list((tmp_path / "tensorboard").iterdir())) == 2


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("", 0),
        ("a,b\n1,2\n", 0),
        ("time/total_timesteps,a\n1,2\n5,3\n", 2),
        ("time/total_timesteps,a\n1,2\n,3\n2", 2),  # no step; torn by a kill
    ],
)
def test_rows_that_cannot_be_placed_are_dropped(tmp_path, content, kept):
    (tmp_path / "progress.csv").write_text(content)
    assert len(rows_until(tmp_path / "progress.csv", 4)) == kept
