"""Detectors beat both controls with their whole interval."""

import numpy as np
import pandas as pd
import pytest

from rlxai.features.detectors import detectors, tuned


def rows(control, step, units, low=np.nan, draw=0):
    return [
        {"step": step, "layer": "conv1", "object": "ball", "control": control, "draw": draw, "unit": unit, "iou": iou,
         "low": iou - 0.02 if np.isnan(low) else low, "high": iou + 0.02, "frame": 3, "selectivity": 0.5,
         "chance": 0.01}
        for unit, iou in units
    ]  # fmt: skip


def test_detectors():
    table = pd.DataFrame([
        *rows("none", 0, [(0, 0.10), (1, 0.05)]), *rows("shuffled", 0, [(1, 0.06)]),
        *rows("random", 0, [(0, 0.20)]), *rows("random", 0, [(0, 0.11)], draw=1),
        *rows("none", 9, [(0, 0.30), (1, 0.21), (2, np.nan), (3, 0.25)]), *rows("shuffled", 9, [(1, 0.08)]),
    ])  # fmt: skip
    found = detectors(table)
    assert found.step.tolist() == [0, 9]
    assert found.unit.tolist() == [0, 0]
    assert found.random.tolist() == [0.20, 0.20]  # drawn once, for all snapshots
    assert found.shuffled.tolist() == [0.06, 0.08]
    assert found.detectors.tolist() == [0, 2]  # 0.21 beats 0.20, its interval does not


def test_tuned():
    table = pd.DataFrame(
        [("none", 0, "1", 0.2), ("none", 0, "2", 0.4), ("random", 0, "7", 0.3), ("none", 9, "1", 0.5)],
        columns=["control", "step", "unit", "r2"],
    ).assign(layer="hidden1", property="ball x")
    found = tuned(table)
    assert found.unit.tolist() == ["2", "1"]
    assert found.r2.tolist() == pytest.approx([0.4, 0.5])
    assert found.random.tolist() == [0.3, 0.3]
