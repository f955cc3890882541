"""Tables and notes about the runs of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rlxai.pipeline.diff.made import mixed
from rlxai.pipeline.diff.sources import settings, verdicts
from rlxai.store import Commit, Run
from rlxai.strategy.compare.steps import Matched


def snapshot_table(matches: dict[str, Matched], runs: Sequence[Run], first: int) -> pd.DataFrame:
    """Which snapshots were matched: columns what, moment (empty where unmatched), side, run, step."""
    rows = []
    for what, matched in matches.items():
        for number, run in enumerate(runs):
            found = [(step, own[number]) for step, own in zip(matched.steps, matched.moments, strict=True)]
            for moment, step in [*found, *((None, step) for step in matched.left[number])]:
                rows.append((what, moment, "AB"[number >= first], run.name, step))
    table = pd.DataFrame(rows, columns=["what", "moment", "side", "run", "step"])
    return table.astype({"moment": "Int64"}).sort_values(["what", "step", "side"], ignore_index=True, kind="stable")


def value_table(games: pd.DataFrame, runs: Sequence[Run], first: int) -> pd.DataFrame:
    """The value of each training at matched steps, weighted over its games; the columns are those of `Diff.values`."""
    known = games[games.value.notna() & (games.weight > 0)]
    known = known.assign(product=known.value * known.weight)
    keys = ["side", "training", "figure", "states", "moment", "step"]
    sums = known.groupby(keys).agg(total=("product", "sum"), mass=("weight", "sum"), games=("value", "size"))
    table = sums.assign(value=sums.total / sums["mass"]).reset_index()
    table["run"] = [runs[t + first * (s == "B")].name for s, t in zip(table.side, table.training, strict=True)]
    return table[["side", "training", "run", "figure", "states", "moment", "step", "value", "games"]]


def claim_table(results: Sequence[Commit], first: int) -> pd.DataFrame:
    """Verdicts side by side: columns claim, and A and B, or A1, A2, ..., B1, ... of several runs."""
    found = [verdicts(result) for result in results]
    shared = [name for name in found[0] if all(name in one for one in found)] if found else []
    columns = [
        f"{side}{place + 1}" for side, count in (("A", first), ("B", len(found) - first)) for place in range(count)
    ]
    columns = ["A", "B"] if len(found) == 2 else columns
    return pd.DataFrame(
        [(name, *(one[name] for one in found)) for name in shared], columns=["claim", *columns[: len(found)]]
    )


def curve_notes(curves: pd.DataFrame, a: Sequence[Run], b: Sequence[Run]) -> list[str]:
    """What else has to be known of the curves: whose games the common states are, and how games were played."""
    common = curves[curves.states == "common"]
    games = [set(common.game[common.side == side]) for side in "AB"]
    notes = [
        f"Common states are common to the snapshots of one run; {len(games[0] & games[1])} of the "
        f"{len(games[0] | games[1])} games that they come from are the same in A and B."
    ]
    played = [{setting for run in side for setting in settings(run)} for side in (a, b)]
    if played[0] != played[1]:
        told = " and ".join(f"{name}: {'; '.join(sorted(one))}" for name, one in zip("AB", played, strict=True))
        notes.append(f"The recorded games behind the curves were not played alike ({told}), which may show in them.")
    return notes


def made_notes(a: Sequence[Run], b: Sequence[Run]) -> list[str]:
    """What else has to be known of the runs: trainings of a side that differ, and equal weights."""
    notes = [
        f"Trainings of {name} differ among themselves in {', '.join(keys)}: they are no replicates of one recipe."
        for name, side in (("A", a), ("B", b))
        if (keys := mixed(side))
    ]
    weights = [{s.sha256 for run in side for s in run.snapshots()} for side in (a, b)]
    if shared := len(weights[0] & weights[1]):
        have = "snapshot has" if shared == 1 else "snapshots have"
        notes.append(f"{shared} {have} equal weights in A and B: differences there are of games alone.")
    return notes
