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
        dissection: rows of all snapshots, see `rlxai.pipeline.features.units`; controls that were drawn for one
            snapshot alone (random networks, on the same states) stand for all.

    Returns:
        One row per step, layer and object: unit, frame (of the stack), iou, low, high, selectivity, chance, shuffled,
        random (the best score under each control), detectors (how many), in the order of steps.
    """
    known = dissection[dissection.iou.notna()]
    agent = known[known.control == "none"]
    keys = ["step", "layer", "object"]
    bounds = limits(dissection).set_index(keys)[list(CONTROLS)]
    known_limits = dict(zip(bounds.index, bounds.to_numpy(float), strict=True))
    rows = []
    for (step, layer, name), units in agent.groupby(keys, sort=False):
        best = units.sort_values("iou", kind="stable").iloc[-1]
        limit = known_limits[(step, layer, name)]
        rows.append({
            "step": int(str(step)), "layer": layer, "object": name, "unit": int(best.unit), "frame": int(best.frame),
            "iou": float(best.iou), "low": float(best.low), "high": float(best.high),
            "selectivity": float(best.selectivity), "chance": float(best.chance),
            **dict(zip(CONTROLS, limit.tolist(), strict=True)),
            "detectors": int((units.low > (np.nanmax(limit) if np.isfinite(limit).any() else np.nan)).sum()),
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values(["step", "layer", "object"], kind="stable", ignore_index=True)


def limits(dissection: pd.DataFrame) -> pd.DataFrame:
    """The best score under each control, for each step, layer and object: columns step, layer, object and `CONTROLS`.

    Controls that were drawn for one snapshot alone stand for all; NaN where a control is missing.
    """
    known = dissection[dissection.iou.notna()]
    keys = ["step", "layer", "object"]
    found = known.loc[known.control == "none", keys].drop_duplicates(ignore_index=True)
    for control in CONTROLS:
        rows = known[known.control == control]
        own = rows.groupby(keys).iou.max().rename(control)
        anywhere = rows.groupby(keys[1:]).iou.max().rename("anywhere")
        found = found.join(own, on=keys).join(anywhere, on=keys[1:])
        found[control] = found[control].fillna(found.pop("anywhere"))
    return found


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
