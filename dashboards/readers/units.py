"""Units of one layer of a snapshot as a table that can be sorted and filtered, and what is drawn of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlxai.features.detectors import limits
from rlxai.features.layers import OUTPUTS
from rlxai.strategy.figure import shown_objects

IOU, R2 = "IoU", "r²"
"""How well a unit with a map marks an object; how well one without follows a property of the state."""


@dataclass(frozen=True, eq=False)
class Tables:
    """Tables of all snapshots, see `rlxai.pipeline.features.units`."""

    units: pd.DataFrame
    dissection: pd.DataFrame
    tuning: pd.DataFrame
    exemplars: pd.DataFrame

    @property
    def layers(self) -> list[str]:
        """All layers, in the order of the network, the outputs last."""
        return list(dict.fromkeys(self.exemplars["layer"]))

    @property
    def steps(self) -> list[int]:
        """Of the snapshots."""
        return sorted(int(step) for step in set(self.units["step"]))

    def spatial(self, layer: str) -> bool:
        """Whether the units of a layer have maps, and so scores with objects."""
        return bool((self.dissection["layer"] == layer).any())

    @property
    def objects(self) -> list[str]:
        """Of the game, the usual ones first."""
        names = self.dissection["object"] if len(self.dissection) else self.tuning["property"].str.rsplit(" ").str[0]
        return shown_objects(names, names.nunique())


def scores(tables: Tables, layer: str) -> pd.DataFrame:
    """How far each unit goes with each object at each snapshot, beside the best that place and chance give.

    Returns:
        Columns step, unit (str), object, value, low, high, shuffled, random, selectivity, name (what is followed: the
        object, or its property). IoU of units with maps; of others r² with the property of the object that they follow
        most, without interval.
    """
    if tables.spatial(layer):
        mine = tables.dissection[tables.dissection["layer"] == layer]
        bounds = limits(mine).drop(columns="layer")
        rows = mine[(mine["control"] == "none") & mine["iou"].notna()]
        found = rows.merge(bounds, on=["step", "object"], how="left").rename(columns={"iou": "value"})
        found["name"] = found["object"]
    else:
        mine = tables.tuning[tables.tuning["layer"] == layer]
        mine = mine.assign(object=mine["property"].astype(str).str.replace(r" \w+$", "", regex=True))
        agent = mine[mine["control"] == "none"]
        best = agent.loc[agent.groupby(["step", "unit", "object"])["r2"].idxmax()]
        random = mine[mine["control"] == "random"].groupby("property")["r2"].max().rename("random")
        found = best.merge(random, on="property", how="left").rename(columns={"r2": "value", "property": "name"})
        found = found.assign(low=np.nan, high=np.nan, shuffled=np.nan, selectivity=np.nan)
    columns = ["step", "unit", "object", "value", "low", "high", "shuffled", "random", "selectivity", "name"]
    return found.assign(unit=found["unit"].astype(str))[columns].reset_index(drop=True)


def marks(rows: pd.DataFrame) -> pd.Series:
    """Whether each row of `scores` beats its controls: with the whole interval where there is one; never without."""
    return rows["low"].fillna(rows["value"]) > rows[["shuffled", "random"]].max(axis=1)


def listed(
    tables: Tables, scored: pd.DataFrame, layer: str, step: int, name: str, moved: np.ndarray, lost: Mapping[str, float]
) -> pd.DataFrame:
    """One row for each unit of a layer.

    Args:
        tables: of the result.
        scored: see `scores`, of this layer.
        layer: of the units.
        step: of the snapshot.
        name: the object that the units are compared with.
        moved: float (U,), how far each unit's weights went since the first snapshot; empty of the outputs.
        lost: unit -> change of the score in games without it, where that was measured.

    Returns:
        Columns unit (str), score, selectivity (with the object), gained (score since the first snapshot), moved, marks
        (of the object; bool), any (bool: of any object), changed, changed_low, changed_high (share of decisions
        without the unit), active, dead, lost; NaN where there is none.
    """
    if layer == OUTPUTS:
        found = pd.DataFrame(
            {"unit": list(dict.fromkeys(tables.exemplars[tables.exemplars["layer"] == layer]["unit"]))}
        )
    else:
        own = tables.units[(tables.units["layer"] == layer) & (tables.units["step"] == step)]
        found = own.sort_values("unit").assign(unit=own["unit"].astype(str)).reset_index(drop=True)
        found["moved"] = moved if len(moved) == len(found) else np.nan
    here = scored[scored["step"] == step].assign(marks=lambda rows: marks(rows))
    first = scored[(scored["step"] == scored["step"].min()) & (scored["object"] == name)].set_index("unit")["value"]
    with_it = here[here["object"] == name].set_index("unit")
    found["score"] = found["unit"].map(with_it["value"])
    found["selectivity"] = found["unit"].map(with_it["selectivity"])
    found["gained"] = found["score"] - found["unit"].map(first)
    marking = here[here["marks"]]
    found["marks"] = found["unit"].isin(marking.loc[marking["object"] == name, "unit"])
    found["any"] = found["unit"].isin(marking["unit"])
    found["lost"] = found["unit"].map(dict(lost)).astype(float)
    wanted = ("moved", "changed", "changed_low", "changed_high", "active", "dead")
    return found.assign(**{column: np.nan for column in wanted if column not in found})


SORTS = {
    "number": ("", True), "score with the object": ("score", False), "selectivity for it": ("selectivity", False),
    "score gained in training": ("gained", False), "weights moved in training": ("moved", False),
    "decisions changed without it": ("changed", False), "points lost without it": ("lost", True),
    "activity": ("active", False),
}  # fmt: skip
"""Order in words -> column of `listed`, and whether the least comes first."""
FILTERS = {
    "mark the object": "marks", "mark any object": "any", "change decisions": "changed", "are ever active": "dead",
}  # fmt: skip
"""Filter in words -> column of `listed`."""


def sorts_for(rows: pd.DataFrame) -> list[str]:
    """Orders that tell units of this list apart."""
    return [words for words, (column, _) in SORTS.items() if not column or rows[column].nunique() > 1]


def chosen(rows: pd.DataFrame, order: str, filters: Sequence[str]) -> pd.DataFrame:
    """Rows of `listed` that pass all filters, in an order; units without a value come last.

    Args:
        rows: see `listed`.
        order: one of `SORTS`.
        filters: some of `FILTERS`.
    """
    kept = rows
    for words in filters:
        column = FILTERS[words]
        passed = kept[column].fillna(0).astype(float) > 0
        kept = kept[~passed if column == "dead" else passed]
    column, ascending = SORTS[order]
    return kept.sort_values(column, ascending=ascending, kind="stable") if column else kept


def lost_without(effects: pd.DataFrame | None, layer: str) -> dict[str, pd.Series]:
    """Unit -> its row of the table of games, for units of a layer that games were played without, each alone."""
    if effects is None:
        return {}
    found = effects["condition"].str.extract(rf"^unit (\d+) of {layer}, ")[0]
    return {str(unit): effects.loc[index] for index, unit in found.dropna().items()}  # type: ignore[call-overload]
