"""Curves of a strategy result, as charts take them: value, interval and controls at each snapshot."""

from __future__ import annotations

import pandas as pd

from rlxai.errors import RunError
from rlxai.store import Commit
from rlxai.store.readable import read_table
from rlxai.strategy.claims.claim import CONTROLS
from rlxai.strategy.claims.words import control_words
from rlxai.strategy.curves import COLUMNS, Curves

AGENT = "agent"
BAND = ("step", "series", "said", "value", "low", "high", "games")
"""Columns of the table of a curve: series is "agent" or a control's name, `said` what that is in words."""


def open_curves(commit: Commit) -> Curves:
    """The curves of a strategy result.

    Raises:
        RunError: they are missing or damaged.
    """
    table = read_table(commit, "curves.parquet")
    if not set(COLUMNS).issubset(table.columns):
        raise RunError(f"{commit.folder / 'curves.parquet'}: lacks columns; make it again: rlxai strategy")
    return Curves(table, int(commit.summary["best"]))


def figures_of(curves: Curves, family: str, states: str | None = None) -> list[str]:
    """Names of the figures of a family that the agent has, such as the objects of "lift"."""
    table = curves.table[curves.table.control == "none"]
    if states is not None:
        table = table[table.states == states]
    known = dict.fromkeys(map(str, table.figure))
    return [name.partition("/")[2] for name in known if name.startswith(f"{family}/")]


def curve_band(curves: Curves, figure: str, states: str) -> pd.DataFrame:
    """One curve with its controls: columns `BAND`.

    The agent's interval is that of 95 % over games; a control runs from its lowest to its highest draw, and its value
    is the middle between these. Where a control was not measured there are no rows.
    """
    rows: list[dict[str, object]] = []
    for step in curves.steps:
        if found := curves.estimate(figure, states, step):
            rows.append({
                "step": step, "series": AGENT, "said": AGENT, "value": found.value, "low": found.low,
                "high": found.high, "games": found.games,
            })  # fmt: skip
        for control in CONTROLS:
            if limits := curves.control(control, figure, states, step):
                low, high = limits
                rows.append({
                    "step": step, "series": control, "said": control_words(control, figure),
                    "value": (low + high) / 2, "low": low, "high": high, "games": 0,
                })  # fmt: skip
    return pd.DataFrame(rows, columns=list(BAND)).astype({"step": "int64", "value": float, "low": float, "high": float})
