"""Which units the choice misses most, beside what they mark."""

from __future__ import annotations

import pandas as pd

from rlxai.features.detectors import CONTROLS, limits
from rlxai.strategy.figure import shown_objects


def most_missed(units: pd.DataFrame, dissection: pd.DataFrame, step: int, count: int = 4) -> pd.DataFrame:
    """The units of each layer without which most decisions change, see `rlxai.features.ablation`.

    Args:
        units: rows of all snapshots: step, layer, unit, changed, changed_low, changed_high, shift.
        dissection: rows of all snapshots, see `rlxai.pipeline.features.units`.
        step: of the snapshot.
        count: units of each layer, at most.

    Returns:
        Columns layer, unit, changed, changed_low, changed_high, shift, marks (the objects that the unit marks with its
        whole interval above both controls; empty for none), by layer, the most missed first.
    """
    mine = units[(units.step == step) & (units.changed > 0)]
    ranked = mine.sort_values(["changed", "shift"], ascending=False, kind="stable")
    best = ranked.groupby("layer", sort=False).head(count)
    ordered = best.assign(place=best.layer.map({name: i for i, name in enumerate(dict.fromkeys(units.layer))}))
    shown = shown_objects(dissection.object, dissection.object.nunique())
    known = dissection.iou.notna() & dissection.object.isin(shown)
    scored = dissection[(dissection.control == "none") & (dissection.step == step) & known]
    bounded = scored.merge(limits(dissection), on=["step", "layer", "object"], suffixes=("", "_limit"))
    marked = bounded[bounded.low > bounded[list(CONTROLS)].max(axis=1)]
    names = marked.groupby(["layer", "unit"]).object.agg(", ".join).rename("marks")
    found = ordered.sort_values("place", kind="stable").join(names, on=["layer", "unit"])
    columns = ["layer", "unit", "changed", "changed_low", "changed_high", "shift", "marks"]
    return found.assign(marks=found.marks.fillna(""))[columns].reset_index(drop=True)
