"""The band that chance gives: lifts of random networks, against which the lifts of a timeline are read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from rlxai.errors import RunError
from rlxai.store import Commit, Run
from rlxai.store.readable import newest


@dataclass(frozen=True)
class Bands:
    """Lifts that random networks of the run's architecture have on common states."""

    lifts: dict[str, tuple[float, float]]
    """Object -> the lowest and the highest mean lift of any network."""
    networks: int


def control_bands(run: Run, attribution: Commit) -> Bands | None:
    """The band of one attribution: random networks explained by the same method and target; None where there are none.

    All snapshots of a run share one architecture, so one band holds for all of them. Results that cannot be read are
    passed over: a timeline is of use without its band.

    Args:
        run: the run.
        attribution: the commit whose lifts are shown.
    """
    asked = {"method": attribution.spec["method"], "target": attribution.spec["target"], "states": "common"}
    for commit in newest(run, "ledger"):
        if not commit.spec.get("randoms") or any(commit.spec.get(key) != value for key, value in asked.items()):
            continue
        try:
            return _read(commit)
        except (RunError, OSError, ValueError, KeyError):
            continue
    return None


def _read(commit: Commit) -> Bands:
    table = pd.read_parquet(commit.folder / "ledger.parquet", columns=["control", "draw", "object", "frame", "lift"])
    chance = table[(table.control == "random") & (table.frame == "all")].dropna(subset=["lift"])
    ranges = chance.groupby("object").lift.agg(["min", "max"])
    lifts = {str(name): (float(low), float(high)) for name, low, high in ranges.itertuples()}
    return Bands(lifts, int(chance.draw.nunique()))
