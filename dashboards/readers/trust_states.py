"""The states that maps were tested on, where a score is highest and lowest."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from rlxai.store import Commit, Run
from rlxai.store.readable import read_table
from rlxai.strategy.claims.moments import Moment

SHOWN = 4
"""States shown of either end."""


class Tested:
    """The tests behind a leaderboard: which task tested which maps. Their records are read once."""

    def __init__(self, run: Run, board: Commit) -> None:
        """Nothing is read yet."""
        self._run, self._board = run, board

    @cached_property
    def _tasks(self) -> dict[tuple[int, str], str]:
        found = {}
        for task in self._board.spec["trust"]:
            spec = self._run.commit("trust", task).spec
            found[int(spec["step"]), str(spec["method"])] = str(task)
        return found

    def moments(self, step: int, method: str, target: str, score: str) -> tuple[list[Moment], list[Moment]]:
        """States of the games with the highest and with the lowest score; none is in both.

        A game's score is the mean over its tested states, of which the first is given.

        Raises:
            RunError: a result is missing or damaged.
        """
        task = self._tasks.get((step, method))
        if task is None:
            return [], []
        commit = self._run.commit("trust", task)
        first = {str(game): int(decisions[0]) for game, decisions in commit.spec["selection"]}
        rows = read_table(commit, "scores.parquet")
        return ends(rows[(rows["target"] == target) & (rows["score"] == score)], first, step)


def ends(rows: pd.DataFrame, decisions: dict[str, int], step: int) -> tuple[list[Moment], list[Moment]]:
    """The highest and the lowest of rows with columns score, game, value, at most `SHOWN` of each.

    Args:
        rows: of one map and score.
        decisions: tested decision by game.
        step: of the snapshot explained.
    """
    ordered = rows.dropna(subset=["value"]).sort_values(["value", "game"], ascending=[False, True])
    found = [
        Moment(str(row.score), step, str(row.game), decisions[str(row.game)], float(row.value))  # type: ignore[arg-type]
        for row in ordered.itertuples()
        if str(row.game) in decisions
    ]
    some = min(SHOWN, len(found) // 2)
    return found[:some], found[::-1][:some]
