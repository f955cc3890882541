"""The behaviour of every snapshot of a run: from recorded games to one tidy table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rlxai.errors import RunError
from rlxai.games.behaviour import REGISTRY, game_behaviour
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.strategy.behaviour import BehaviourTask
from rlxai.pipeline.workflow import choose_snapshots, games_of, record_games
from rlxai.store import Commit, Run
from rlxai.strategy.behaviour import QUANTITIES


def measure_behaviour(run: Run, engine: Engine, report: Report) -> list[Commit]:
    """Behaviour of all snapshots in their recorded games, by step; a snapshot without a game plays one first.

    Raises:
        RunError: the run has no snapshot, or behaviour cannot be read from its game.
    """
    if game_behaviour(run.info.get("game")) is None:
        raise RunError(
            f"{run}: behaviour cannot be read from {run.info.get('game')}; games with known behaviour: "
            f"{', '.join(REGISTRY)}"
        )
    snapshots = choose_snapshots(run, ())
    games = {snapshot.step: games_of(run, snapshot) for snapshot in snapshots}
    silent = [snapshot for snapshot in snapshots if not games[snapshot.step]]
    for commit in record_games(run, silent, engine, report) if silent else []:
        games[commit.spec["step"]] = [commit]
    tasks = [BehaviourTask.of(s, tuple(sorted(commit.task for commit in games[s.step]))) for s in snapshots]
    return engine.run(run, tasks, report)


def behaviour_table(results: Sequence[Commit]) -> pd.DataFrame:
    """All results as a tidy table, ready for `rlxai.strategy.emergence.table.emergence_table`.

    Columns: step, game (task of the episode), name (of the quantity), value (NaN where undefined).
    """
    parts = [pd.read_parquet(result.folder / "games.parquet") for result in results]
    wide = pd.concat(parts, ignore_index=True).rename(columns={"episode": "game"})
    names = [quantity.name for quantity in QUANTITIES]
    return wide.melt(id_vars=["step", "game"], value_vars=names, var_name="name", value_name="value")
