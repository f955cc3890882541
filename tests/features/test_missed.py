"""The list of units that are missed most, on tables made by hand."""

import pandas as pd

from rlxai.features.missed import most_missed


def test_the_most_missed_come_first_with_what_they_mark():
    units = pd.DataFrame([
        {"step": step, "layer": layer, "unit": unit, "changed": changed, "changed_low": 0.0, "changed_high": 1.0,
         "shift": 0.1}
        for step, layer, unit, changed in (
            (1, "conv1", 0, 0.1), (1, "conv1", 1, 0.3), (1, "conv1", 2, 0.2), (1, "conv1", 3, 0.0),
            (1, "hidden1", 0, 0.5), (2, "conv1", 0, 0.9),
        )
    ])  # fmt: skip
    rows = [("none", 1, "ball", 0.5, 0.4), ("none", 1, "paddle", 0.5, 0.1), ("none", 2, "ball", 0.2, 0.1)]
    controls = [("shuffled", 0, name, 0.2, None) for name in ("ball", "paddle")]
    dissection = pd.DataFrame(
        [{"step": 1, "layer": "conv1", "control": c, "unit": u, "object": o, "iou": i, "low": low}
         for c, u, o, i, low in rows + controls]
    )  # fmt: skip
    found = most_missed(units, dissection, 1, count=2)
    assert list(zip(found.layer, found.unit, strict=True)) == [("conv1", 1), ("conv1", 2), ("hidden1", 0)]
    assert found.marks.tolist() == ["ball", "", ""]
