"""A strategy as people read it: lift per object and snapshot with the controls underneath, and the verdicts."""

from __future__ import annotations

import pandas as pd

from rlxai.cli import table
from rlxai.pipeline import strategy_table
from rlxai.store import Commit, Run, scores
from rlxai.strategy.figure import CONTROLS, shown_objects

_EVIDENCE = {"supported": 0, "refuted": 1, "untested": 2}


def show_strategy(run: Run, result: Commit) -> None:
    """Print lift on the game's main objects per snapshot, the verdicts, and where the files are."""
    _show_ledger(run, result)
    print("\nverdicts (supported: all evidence holds; untested: it cannot be told); the report says why")
    verdicts = sorted(result.summary["verdicts"].items(), key=lambda item: _EVIDENCE[item[1]["verdict"]])
    for name, found in verdicts:
        print(f"  {found['verdict']:<9}  {name}")
    print(f"\ntable and figure: {result.folder}")
    print(f"report: {result.folder / 'report.html'}")


def _show_ledger(run: Run, result: Commit) -> None:
    long = strategy_table(result)
    whole = long[long.frame == "all"]
    print(
        f"lift of {result.summary['method']} of {result.summary['target']} (share of |R| / share of area; 1 = chance)"
    )
    cells = [(states, name) for states in ("common", "own") for name in shown_objects(whole.object, 3)]
    header = ["step", "score", *(f"{states}: {name}" for states, name in cells)]
    score = scores(run)
    rows: list[list[object]] = [
        [f"{step:,}", score.mean.get(step), *(_lift(whole, step, states, name) for states, name in cells)]
        for step in sorted(whole.step.unique())
    ]
    for control, label, *_ in CONTROLS:
        rows.append([label, "", *(_range(whole, control, states, name) for states, name in cells)])
    rows.append(["states with it", "", *(_states(whole, states, name) for states, name in cells)])
    table.show(header, rows)


def _lift(whole: pd.DataFrame, step: int, states: str, name: str) -> float:
    rows = whole[(whole.step == step) & (whole.states == states) & (whole.object == name) & (whole.control == "none")]
    return float(rows.lift.iloc[0])


def _states(whole: pd.DataFrame, states: str, name: str) -> str:
    rows = whole[(whole.control == "none") & (whole.states == states) & (whole.object == name)].decisions
    return f"{rows.min()}" if rows.min() == rows.max() else f"{rows.min()} to {rows.max()}"


def _range(whole: pd.DataFrame, control: str, states: str, name: str) -> str:
    lifts = whole[(whole.control == control) & (whole.states == states) & (whole.object == name)].lift.dropna()
    return f"{lifts.min():.2f} to {lifts.max():.2f}" if len(lifts) else "-"
