"""From scores of units and objects to detectors: units whose score beats what place and chance give."""

from __future__ import annotations

import numpy as np
import pandas as pd

CONTROLS = ("shuffled", "random")


def detectors(dissection: pd.DataFrame) -> pd.DataFrame:
    """The best unit of each layer for each object and snapshot, and how many are detectors.

    A unit is counted as a detector of an object where the lower end of its score's interval over games is above the
    best score that any unit of the layer has under masks of other states, and above the best of any random network.
    Both are maxima over as many units, so that looking at many units is allowed for.

    Args:
        dissection: rows of all snapshots, see `rlxai.pipeline.features_units`; controls that were drawn for one
            snapshot alone (random networks, on the same states) stand for all.

    Returns:
        One row per step, layer and object: unit, frame (of the stack), iou, low, high, selectivity, chance, shuffled,
        random (the best score under each control), detectors (how many), in the order of steps.
    """
    known = dissection[dissection.iou.notna()]
    agent = known[known.control == "none"]
    keys = ["step", "layer", "object"]
    limits = {name: known[known.control == name] for name in CONTROLS}
    highest = {name: rows.groupby(keys).iou.max() for name, rows in limits.items()}
    anywhere = {name: rows.groupby(["layer", "object"]).iou.max() for name, rows in limits.items()}
    rows = []
    for (step, layer, name), units in agent.groupby(keys, sort=False):
        best = units.sort_values("iou", kind="stable").iloc[-1]
        bounds = {
            control: float(highest[control].get((step, layer, name), anywhere[control].get((layer, name), np.nan)))
            for control in CONTROLS
        }
        limit = max((bound for bound in bounds.values() if bound == bound), default=np.nan)
        rows.append({
            "step": int(str(step)), "layer": layer, "object": name, "unit": int(best.unit), "frame": int(best.frame),
            "iou": float(best.iou), "low": float(best.low), "high": float(best.high),
            "selectivity": float(best.selectivity), "chance": float(best.chance), **bounds,
            "detectors": int((units.low > limit).sum()),
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values(["step", "layer", "object"], kind="stable", ignore_index=True)


def tuned(tuning: pd.DataFrame) -> pd.DataFrame:
    """The best unit of each layer without maps for each property of the state and snapshot.

    Returns:
        One row per step, layer and property: unit, r2, random (the best of any random network, NaN where none).
    """
    keys = ["layer", "property"]
    random = tuning[tuning.control == "random"].groupby(keys).r2.max().rename("random")
    agent = tuning[tuning.control == "none"]
    best = agent.loc[agent.groupby(["step", *keys]).r2.idxmax(), ["step", *keys, "unit", "r2"]]
    return best.merge(random, on=keys, how="left").sort_values(["step", *keys], kind="stable", ignore_index=True)
