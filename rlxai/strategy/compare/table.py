"""All figures of two sides compared at matched steps, as one tidy table."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from rlxai.strategy.bootstrap import DRAWS
from rlxai.strategy.claims.verdict import FEWEST_GAMES
from rlxai.strategy.compare.pair import Pair
from rlxai.strategy.compare.replicates import Replicates
from rlxai.strategy.emergence.change import ALPHA
from rlxai.strategy.emergence.table import holm

SCORE = ("score", "own")
EXPLORED = "explored"
COLUMNS = (
    "figure", "states", "family", "step", "a", "a_low", "a_high", "b", "b_low", "b_high", "difference", "low", "high",
    "p", "p_holm", "units_a", "units_b", "verdict", "probability", "probability_low", "probability_high",
)  # fmt: skip
"""`step` is empty for the mean over training. `probability`: of improvement, of the score alone. The interval is of the
one figure; `p_holm` is adjusted (Holm 1979) for all rows of the same `family`. Figures that were not chosen beforehand
are of the family "explored": p is not adjusted, and there is no verdict."""


def compare_sides(games: pd.DataFrame, replicates: Replicates, *, draws: int = DRAWS) -> dict[tuple[str, str], Pair]:
    """Every figure that each training has, with draws of both sides.

    Args:
        games: columns side, training, figure, states, moment (step that matched snapshots stand for), game, value,
            weight.
        replicates: see `rlxai.strategy.compare.replicates`.
        draws: of the bootstrap.
    """
    sizes = {str(side): int(rows.training.max()) + 1 for side, rows in games.groupby("side")}
    found = {}
    for _, rows in games.groupby(["figure", "states"], sort=True):
        figure, states = str(rows.figure.iloc[0]), str(rows.states.iloc[0])
        if len(rows[["side", "training"]].drop_duplicates()) == sum(sizes.values()):
            found[figure, states] = Pair(rows, sizes, replicates, draws)
    return found


def comparison_table(pairs: Mapping[tuple[str, str], Pair], chosen: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Rows of all figures, the score first, then those chosen beforehand; the columns are `COLUMNS`."""
    order = [SCORE, *chosen, *(name for name in pairs if name != SCORE and name not in chosen)]
    rows = []
    for name in (name for name in order if name in pairs):
        kind = "score" if name == SCORE else "curves" if name in chosen else EXPLORED
        for row in pairs[name].rows(probability=name == SCORE):
            scope = "mean over training" if row["step"] is None else "steps"
            family = kind if kind == EXPLORED else f"{kind}, {scope}"
            rows.append({"figure": name[0], "states": name[1], "family": family, **row})
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"step": "Int64", "p": float, "p_holm": float})
    for family in set(table.family) - {EXPLORED}:
        members = table.family == family
        table.loc[members, "p_holm"] = holm(table.p[members].to_numpy(float))
    enough = table[["units_a", "units_b"]].min(axis=1) >= FEWEST_GAMES
    sure = enough & (table.p_holm <= ALPHA)
    words = np.where(sure, np.where(table.difference > 0, "A higher", "B higher"), "cannot be told")
    table["verdict"] = np.where(table.family == EXPLORED, "", words)
    return table
