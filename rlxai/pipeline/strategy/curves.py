"""All results of a run as one tidy table of curves; its columns are those of `rlxai.strategy.curves`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlxai.pipeline.strategy.behaviours import behaviour_table
from rlxai.store import Commit
from rlxai.strategy.curves import COLUMNS

_MEASURES = ("lift", "share", "signed")
_CHANCE = "tracking-control"
"""The behavioural quantity that is the control of another one, `tracking`."""


def curves_table(
    ledgers: Sequence[Commit], behaviours: Sequence[Commit], others: Sequence[Commit] = (), *, newest: int
) -> pd.DataFrame:
    """Join results, whichever there are.

    Args:
        ledgers: results of `LedgerTask`.
        behaviours: results of `BehaviourTask`.
        others: results that hold a curves.parquet of this form already, such as those of interventions.
        newest: index of the newest frame in the stack.

    Returns:
        One row per figure, states, control, draw, step and game that has any weight, sorted by these.
    """
    parts = [ledger_curves(commit, newest) for commit in ledgers]
    if behaviours:
        parts.append(behaviour_curves(behaviour_table(behaviours)))
    parts += [pd.read_parquet(commit.folder / "curves.parquet") for commit in others]
    empty = pd.DataFrame({name: [] for name in COLUMNS})
    table = pd.concat(parts or [empty], ignore_index=True)[list(COLUMNS)]
    table = table[table.weight > 0]  # an edit that touches no state of a game says nothing of it
    keys = ["figure", "states", "control", "draw", "step", "game"]
    table = table.astype({"draw": np.int64, "step": np.int64, "value": float, "weight": float})
    return table.sort_values(keys, kind="stable", ignore_index=True)


def ledger_curves(commit: Commit, newest: int) -> pd.DataFrame:
    """Curves lift/<object>, share/, signed/ and motion/ of one ledger: the agent's by game, those of controls over all.

    The weights make means over games equal to those over decisions: of a lift it is the summed area, of motion the
    summed share.
    """
    games = pd.read_parquet(commit.folder / "games.parquet")
    controls = pd.read_parquet(commit.folder / "ledger.parquet")
    table = pd.concat([games, controls[controls.control != "none"].assign(game="")], ignore_index=True)
    whole = table[table.frame == "all"]
    weights = {"lift": whole.decisions * whole.area, "share": whole.decisions, "signed": whole.decisions}
    parts = [_figures(whole, measure, whole[measure], weights[measure]) for measure in _MEASURES]
    keys = ["states", "control", "draw", "step", "game", "object"]
    older = table[~table.frame.isin(["all", str(newest)])].groupby(keys).share.sum()
    indexed = whole.set_index(keys)
    share = indexed.share.to_numpy(float)
    moving = older.reindex(indexed.index).to_numpy(float)
    motion = np.divide(moving, share, out=np.full_like(share, np.nan), where=share > 0)
    parts.append(_figures(whole, "motion", motion, whole.decisions * whole.share))
    return pd.concat(parts, ignore_index=True)


def behaviour_curves(table: pd.DataFrame) -> pd.DataFrame:
    """Curves behaviour/<quantity> by game; what tracking is by chance is its control `shuffled`."""
    chance = table.name == _CHANCE
    names = table.name.where(~chance, "tracking")
    return pd.DataFrame({
        "figure": "behaviour/" + names, "states": "own", "control": np.where(chance, "shuffled", "none"), "draw": 0,
        "step": table.step, "game": table.game, "value": table.value, "weight": table.value.notna().astype(float),
    })  # fmt: skip


def _figures(rows: pd.DataFrame, family: str, value: pd.Series | np.ndarray, weight: pd.Series) -> pd.DataFrame:
    known = rows[["states", "control", "draw", "step", "game"]]
    return known.assign(figure=f"{family}/" + rows.object, value=np.asarray(value, float), weight=weight.to_numpy())
