"""From recorded play to the ledger table and figure of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rlxai.attribution import Target, get_method
from rlxai.episodes.scripted import DECISIONS as SCRIPT_DECISIONS
from rlxai.errors import InvalidValue
from rlxai.pipeline.ledger import LedgerTask, Selection, States, spread
from rlxai.pipeline.scores import scores
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Commit, Run, SnapshotRef
from rlxai.strategy.figure import ledger_figure
from rlxai.strategy.saving import save_figure


@dataclass(frozen=True)
class LedgerPlan:
    """How much to look at; the defaults settle the means to about a tenth on two cores in minutes."""

    method: str = "lrp-epsilon-plus-flat"
    target: str = "advantage"
    states: int = 256
    """Common states in all, and own states of each snapshot."""
    randoms: int = 5
    """Random networks per set of states."""
    shifts: int = 3
    """Draws of the shifted and of the shuffled masks."""
    script: int = SCRIPT_DECISIONS
    """Decisions of the scripted game that gives half of the common states; 0 for none."""

    def check(self) -> None:
        """Refuse what cannot be measured before anything is computed.

        Raises:
            InvalidValue: method or target is unknown, or a number is too small.
        """
        get_method(self.method)
        Target.parse(self.target)
        if self.states < 1 or min(self.randoms, self.shifts, self.script) < 0:
            raise InvalidValue(
                f"states must be at least 1, randoms, shifts and script at least 0; met states {self.states}, "
                f"randoms {self.randoms}, shifts {self.shifts}, script {self.script}"
            )


def plan_ledgers(
    snapshots: list[SnapshotRef],
    games: Mapping[int, Sequence[Commit]],
    scripted: Sequence[Commit],
    plan: LedgerPlan,
    *,
    skip: int,
) -> list[LedgerTask]:
    """The tasks that put every snapshot on common and on own states, with controls.

    Common states come half from the scripted game, which no agent chose and which reaches open tunnels, and half in
    equal parts from the play of all snapshots; own states come from the snapshot's own play alone. Comparing both
    tells "it looks elsewhere" from "it goes elsewhere".

    Args:
        snapshots: by step.
        games: step -> episodes recorded by that snapshot, at least one.
        scripted: episodes of the scripted player; empty where the game has none.
        plan: method, target, sizes.
        skip: decisions left out at the start of each episode.
    """
    played = {step: _lengths(commits) for step, commits in games.items()}
    neutral = spread(_lengths(scripted), plan.states // 2, skip=skip) if scripted else ()
    each = max(1, (plan.states - sum(len(decisions) for _, decisions in neutral)) // len(snapshots))
    common = neutral + tuple(chosen for s in snapshots for chosen in spread(played[s.step], each, skip=skip))

    def task(snapshot: SnapshotRef, states: States, selection: Selection, randoms: int) -> LedgerTask:
        return LedgerTask(
            snapshot.step, snapshot.sha256, states, selection, plan.method, plan.target, randoms, plan.shifts
        )

    # All snapshots share one architecture, so the common states need the random networks only once.
    on_common = [task(s, "common", common, 0 if index else plan.randoms) for index, s in enumerate(snapshots)]
    on_own = [task(s, "own", spread(played[s.step], plan.states, skip=skip), plan.randoms) for s in snapshots]
    return on_common + on_own


def _lengths(games: Sequence[Commit]) -> list[tuple[str, int]]:
    return [(commit.task, int(commit.summary["decisions"])) for commit in games]


@dataclass(frozen=True)
class StrategyTask:
    """All ledgers of a run as one table and one figure."""

    ledgers: tuple[str, ...]

    kind = "strategy"
    code = 2
    title = "table and figure"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {"code": self.code, "ledgers": list(self.ledgers)}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write ledger.parquet, ledger.csv, ledger.svg and ledger.png."""
        parts = []
        for done, task in enumerate(self.ledgers, start=1):
            parts.append(pd.read_parquet(run.commit("ledger", task).folder / "ledger.parquet"))
            progress(done, len(self.ledgers) + 1)
        table = pd.concat(parts, ignore_index=True)
        table.to_parquet(attempt.folder / "ledger.parquet", write_page_checksum=True)
        table.to_csv(attempt.folder / "ledger.csv", index=False, float_format="%.6g")
        known = scores(run)
        figure = ledger_figure(table, known.mean, title=run.name, games=known.games)
        save_figure(figure, attempt.folder, "ledger")
        attempt.summary = {"method": str(table.method.iloc[0]), "target": str(table.target.iloc[0])}


def strategies(run: Run) -> list[Commit]:
    """The strategy tables of a run, the last computed first."""
    records = sorted(run.records("strategy"), key=lambda record: record.stat().st_mtime_ns, reverse=True)
    return [run.read(record) for record in records]


def strategy_table(commit: Commit) -> pd.DataFrame:
    """The long table of a strategy result: one row per step, states, control, draw, object and stacked frame.

    Columns: step, states ("common" | "own"), method, target, control ("none" | "random" | "shifted" |
    "shuffled"), draw, object, frame ("all" or the index in the stack, "0" the oldest), decisions, share, signed, area,
    lift, lift_signed.
    """
    return pd.read_parquet(commit.folder / "ledger.parquet")
