"""Task: what edits of the state do to one snapshot's outputs and decisions, beside null controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch

from rlxai.attribution import Target
from rlxai.games.edits import parse_edit
from rlxai.pipeline.selection import Selection, States
from rlxai.pipeline.strategy.interventions_asked import Asked, ask
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy import random_agent
from rlxai.strategy.intervention_tables import curve_rows, decision_table, edit_table

TARGETS = ("chosen", "value", "advantage")


@dataclass(frozen=True)
class InterventionTask:
    """A battery of edits on chosen states, asked of one snapshot."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    states: States
    selection: Selection
    edits: tuple[tuple[str, str], ...]
    """(name, how `parse_edit` reads it) of each."""
    objects: tuple[tuple[str, bool, tuple[str, ...]], ...]
    """(name, whether its edits add it, names of these) of each object whose worth is asked for."""
    randoms: int
    """Random networks of the snapshot's architecture."""
    shifts: int
    """Draws of the control in which the pixels change elsewhere, see `rlxai.strategy.interventions.displaced`."""

    kind = "intervention"
    code = 2

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"edits of {self.states} states seen by step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "states": self.states,
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "edits": [list(edit) for edit in self.edits],
            "objects": [[name, adds, list(edits)] for name, adds, edits in self.objects],
            "randoms": self.randoms, "shifts": self.shifts,
        }  # fmt: skip

    @property
    def shares(self) -> tuple[Selection, tuple[tuple[str, str], ...]]:
        """Tasks on the same states draw them under every edit once."""
        return self.selection, self.edits

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write decisions.parquet, edits.parquet and curves.parquet, see `rlxai.strategy.intervention_tables`."""
        self.execute_together(run, [self], [attempt], progress)

    @staticmethod
    def execute_together(
        run: Run, tasks: Sequence[InterventionTask], attempts: Sequence[Attempt], progress: Progress
    ) -> None:
        """The same for several snapshots on the same states."""
        asked = [_asked_of(run, task) for task in tasks]
        edits = {name: parse_edit(run.info["game"], text) for name, text in tasks[0].edits}
        ask(run, tasks[0].selection, edits, [each for group in asked for each in group], progress)
        for task, attempt, group in zip(tasks, attempts, asked, strict=True):
            _write(task, attempt, group)


def _asked_of(run: Run, task: InterventionTask) -> list[Asked]:
    agent = run.snapshot(task.step).load()
    shifted = [Asked(agent, "shifted", draw) for draw in range(task.shifts)]
    random = [Asked(random_agent(agent, seed), "random", seed) for seed in range(task.randoms)]
    return [Asked(agent, "none", 0), *shifted, *random]


def _write(task: InterventionTask, attempt: Attempt, asked: list[Asked]) -> None:
    names = [name for name, _ in task.edits]
    objects = {name: (adds, edits) for name, adds, edits in task.objects}
    where = pd.DataFrame(
        [(game, t) for game, decisions in task.selection for t in decisions], columns=["game", "decision"]
    )
    games = where.game.to_numpy()
    tables: dict[str, list[pd.DataFrame]] = {"edits": [], "curves": []}
    for each in asked:
        answers = each.answers()
        q = torch.as_tensor(answers.outputs)
        weights = {target: Target.parse(target).weights(q).numpy() for target in TARGETS}
        decisions = decision_table(answers, names, games, weights)
        table = edit_table(decisions, names, games)
        columns: dict[str, Any] = {"states": task.states, "control": each.control, "draw": each.draw, "step": task.step}
        tables["edits"].append(table.assign(**columns))
        tables["curves"].append(curve_rows(decisions, table, objects).assign(**columns))
        if each.control == "none":
            decisions["decision"] = where.decision.to_numpy()[decisions.state]
            _save(decisions.drop(columns="state"), attempt, "decisions")
            attempt.summary = {"decisions": len(where), "touched": len(decisions)}
    for name, parts in tables.items():
        _save(pd.concat(parts, ignore_index=True), attempt, name)


def _save(table: pd.DataFrame, attempt: Attempt, name: str) -> None:
    table.to_parquet(attempt.folder / f"{name}.parquet", write_page_checksum=True)
