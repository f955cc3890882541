"""Task: everything measured of a run joined into curves, emergence, verdicts, figures and a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from rlxai.pipeline.report import write_report
from rlxai.pipeline.strategy.curves import curves_table
from rlxai.pipeline.task import Progress
from rlxai.preprocessing import Preprocessing
from rlxai.store import Attempt, Commit, Run, scores
from rlxai.strategy.claims.claim import Claim
from rlxai.strategy.claims.table import Verdicts
from rlxai.strategy.curves import Curves
from rlxai.strategy.emergence.figure import emergence_figure
from rlxai.strategy.emergence.story_table import story_tables
from rlxai.strategy.figure import ledger_figure
from rlxai.strategy.saving import save_figure


@dataclass(frozen=True)
class StrategyTask:
    """All results of a run as tables, figures, verdicts and one report."""

    ledgers: tuple[str, ...]
    behaviours: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    """(kind, task) of further results that hold curves."""
    clusters: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    """(kind, task) of results that the report sums up, each in a section of its own."""
    claims: tuple[Claim, ...]
    best: int
    """Step of the snapshot that plays best."""

    kind = "strategy"
    code = 4
    title = "verdicts and report"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "ledgers": list(self.ledgers), "behaviours": list(self.behaviours),
            "others": [list(other) for other in self.others], "clusters": list(self.clusters),
            "figures": [list(figure) for figure in self.figures],
            "claims": [claim.to_dict() for claim in self.claims], "best": self.best,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write ledger, curves, emergence, leads, verdicts and evidence as tables, both figures and report.html."""
        folder, parts = attempt.folder, 5
        ledgers = [run.commit("ledger", task) for task in self.ledgers]
        table = pd.concat([pd.read_parquet(c.folder / "ledger.parquet") for c in ledgers], ignore_index=True)
        _save(table, attempt, "ledger")
        known = scores(run)
        save_figure(ledger_figure(table, known.mean, title=run.name, games=known.games), folder, "ledger")
        progress(1, parts)
        behaviours = [run.commit("behaviour", task) for task in self.behaviours]
        others = [run.commit(kind, task) for kind, task in self.others]
        clusters = [run.commit("spray", task) for task in self.clusters]
        newest_last = Preprocessing.from_dict(run.info["preprocessing"]).stack_order == "oldest-first"
        newest = int(table.frame[table.frame != "all"].astype(int).max()) if newest_last else 0
        curves = Curves(curves_table(ledgers, behaviours, others, newest=newest), self.best)
        _save(curves.table, attempt, "curves")
        progress(2, parts)
        emergence, leads = story_tables(curves)
        _save(emergence, attempt, "emergence")
        _save(leads, attempt, "leads")
        figure = emergence_figure(curves, emergence, known.mean, title=f"{run.name}: how it began", games=known.games)
        save_figure(figure, folder, "emergence")
        progress(3, parts)
        verdicts = Verdicts.of(self.claims, curves)
        _save(verdicts.table(), attempt, "verdicts")
        _save(verdicts.evidence(), attempt, "evidence")
        progress(4, parts)
        attempt.summary = {
            "method": str(table.method.iloc[0]), "target": str(table.target.iloc[0]), "best": self.best,
            "verdicts": {v.claim.name: {"verdict": v.word, "sentence": v.sentence} for v in verdicts.of_run},
        }  # fmt: skip
        figures = [run.commit(kind, task) for kind, task in self.figures]
        write_report(run, attempt, curves, emergence, leads, verdicts, others + behaviours, clusters, figures)
        progress(5, parts)


def _save(table: pd.DataFrame, attempt: Attempt, name: str) -> None:
    table.to_parquet(attempt.folder / f"{name}.parquet", write_page_checksum=True)
    table.to_csv(attempt.folder / f"{name}.csv", index=False, float_format="%.6g")


def strategies(run: Run) -> list[Commit]:
    """The strategy tables of a run, the last computed first."""
    return [run.read(record) for record in run.newest_records("strategy")]


def strategy_table(commit: Commit) -> pd.DataFrame:
    """The long table of a strategy result: one row per step, states, control, draw, object and stacked frame.

    Columns: step, states ("common" | "own"), method, target, control ("none" | "random" | "shifted" |
    "shuffled"), draw, object, frame ("all" or the index in the stack, "0" the oldest), decisions, share, signed, area,
    lift, lift_signed.
    """
    return pd.read_parquet(commit.folder / "ledger.parquet")
