from __future__ import annotations

import pandas as pd
import pytest

from rlxai.errors import RunError
from rlxai.training.explanation_table import Measure, append


def look(step, value=0.5):
    return [Measure(step, "gradient", "advantage", name, value) for name in ("share_ball", "lift_ball")]


def test_looks_are_added_and_later_steps_give_way(tmp_path):
    path = tmp_path / "explanations.csv"
    for step in (0, 100, 200, 300):
        append(path, look(step))
    unbroken = path.read_bytes()
    append(path, look(200))  # a training that goes on from step 100
    table = pd.read_csv(path)
    assert table.step.tolist() == [0, 0, 100, 100, 200, 200]
    append(path, look(300))
    assert path.read_bytes() == unbroken
    append(path, look(0, 1 / 3) + look(100))
    table = pd.read_csv(path)
    assert table.columns.tolist() == ["step", "method", "target", "measure", "value"]
    assert table.value.tolist() == [pytest.approx(1 / 3, rel=1e-7)] * 2 + [0.5, 0.5]
    assert [file.name for file in tmp_path.iterdir()] == ["explanations.csv"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"step,method,target,measure,value\n1,2\n", b"\xff\xfe"])
def test_somebody_elses_file_is_left_alone(tmp_path, content):
    path = tmp_path / "explanations.csv"
    path.write_bytes(content)
    with pytest.raises(RunError, match="is not a table of explanations; move it away"):
        append(path, look(0))
    assert path.read_bytes() == content
