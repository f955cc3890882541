"""A training of a few seconds, and what two trainings differ in that should be the same to the bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from rlxai.store import leftovers, open_run, remove, verify

STEPS = 1200
RECIPE = f"""
game: breakout
algorithm: dqn
network: gap
n_timesteps: {STEPS}
n_envs: 4
buffer_size: 600
learning_starts: 100
train_freq: 1
batch_size: 8
target_update_interval: 200
exploration_fraction: 0.5
learning_rate_final: 1.0e-5
snapshots: {{every: 300}}
commits: {{every: 200}}
explanations: {{every: 400, states: 2, methods: [gradient]}}
"""


def bare_recipe(steps: int, every: int, snapshots: int) -> str:
    """The same for fewer steps, without explanations, committed and kept as often as asked for."""
    lines = [line for line in RECIPE.splitlines() if not line.startswith(("explanations", "commits", "snapshots"))]
    text = "\n".join([*lines, f"commits: {{every: {every}}}", f"snapshots: {{every: {snapshots}}}\n"])
    return text.replace(f"n_timesteps: {STEPS}", f"n_timesteps: {steps}")


def differences(here: Path, there: Path, steps: int = STEPS) -> Iterator[str]:
    """Names of what is not the same in two finished trainings, or broken in the first; clocks aside."""
    run, unbroken = open_run(here), open_run(there)
    if [(s.step, s.sha256) for s in run.snapshots()] != [(s.step, s.sha256) for s in unbroken.snapshots()]:
        yield "snapshots"
    name = f"resume/learner-{steps:08}.safetensors"
    if _bytes(here / name) != _bytes(there / name):
        yield "network, target and Adam in full precision"
    if _record(here) != _record(there):
        yield "record"
    games = [pd.read_csv(path / "monitor.csv", skiprows=1) for path in (here, there)]
    if not games[0][["r", "l"]].equals(games[1][["r", "l"]]):
        yield "scores of games"
    if not games[0].t.is_monotonic_increasing:
        yield "clock of games"
    logs = [_log(path) for path in (here, there)]
    if not logs[0].equals(logs[1]):
        yield "steps or lifts in the log"
    if _bytes(here / "explanations.csv") != _bytes(there / "explanations.csv"):
        yield "explanations"
    if _names(here) != _names(there):
        yield "names of the files to resume from"
    yield from verify(run).problems
    remove(run, leftovers(run))  # of a kill in the middle of a snapshot; a commit clears up after the one before it
    yield from (str(path) for path in here.rglob("*.partial"))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _log(path: Path) -> pd.DataFrame:
    """Steps and lifts; a short training has no line."""
    file = path / "progress.csv"
    table = pd.read_csv(file) if file.stat().st_size else pd.DataFrame()
    return table.sort_index(axis=1).filter(regex="^(rlxai/|time/total_timesteps)")


def _record(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((path / "resume/record.json").read_bytes())
    del record["monitor_bytes"], record["env"]["seconds"]  # the clock goes on
    for game in record["games"]:
        del game["t"]
    return record


def _names(path: Path) -> set[str]:
    return {file.name for file in (path / "resume").iterdir()}
