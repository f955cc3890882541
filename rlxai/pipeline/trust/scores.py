"""Tasks: the tests of one method's maps of one snapshot, and how alike the maps of all methods are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rlxai.pipeline.selection import Selection
from rlxai.pipeline.task import Progress
from rlxai.pipeline.trust.states import read_states
from rlxai.store import Attempt, Run
from rlxai.trust.agreement import agreement
from rlxai.trust.badge import game_means
from rlxai.trust.battery import Battery, drawn_networks
from rlxai.trust.controls import find_method
from rlxai.trust.curves import curve_table
from rlxai.trust.maps import explain, target_weights


@dataclass(frozen=True)
class TrustTask:
    """All tests of the maps of one method, by one snapshot, of some targets."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    selection: Selection
    method: str
    """Of the catalogue, or a control, see `rlxai.trust.controls`."""
    targets: tuple[str, ...]

    kind = "trust"
    code = 2

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"tests of {self.method}, step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot,
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "method": self.method, "targets": list(self.targets),
        }  # fmt: skip

    @property
    def shares(self) -> tuple[str, Selection, tuple[str, ...]]:
        """Tasks of one snapshot read the states, draw networks and try random orders once."""
        return self.snapshot, self.selection, self.targets

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write scores.parquet, one row per target, score and game with the mean over its states, and curves.parquet.

        The latter holds the curves of deletion and insertion, see `rlxai.trust.curves`.
        """
        self.execute_together(run, [self], [attempt], progress)

    @staticmethod
    def execute_together(run: Run, tasks: Sequence[TrustTask], attempts: Sequence[Attempt], progress: Progress) -> None:
        """The same for several methods on the same states."""
        agent = run.snapshot(tasks[0].step).load()
        states = read_states(run, agent, tasks[0].selection)
        networks = drawn_networks(agent)
        batteries = [Battery(agent, states, target, networks) for target in tasks[0].targets]
        for done, (task, attempt) in enumerate(zip(tasks, attempts, strict=True), start=1):
            method = find_method(task.method)
            rows, curves = [], []
            for battery in batteries:
                told: dict[str, Any] = {"step": task.step, "method": task.method, "target": battery.target}
                tested = battery.test(method)
                rows += [{**told, **row} for row in game_rows(tested.scores, states.games)]
                curves.append(curve_table(tested.curves, states.games, battery.scale).assign(**told))
            pd.DataFrame(rows).to_parquet(attempt.folder / "scores.parquet", write_page_checksum=True)
            pd.concat(curves).to_parquet(attempt.folder / "curves.parquet", index=False, write_page_checksum=True)
            attempt.summary = {"states": len(states), "games": len(np.unique(states.games))}
            progress(done, len(tasks))


@dataclass(frozen=True)
class AgreementTask:
    """How alike the maps of each two methods are, for one snapshot and target."""

    step: int
    snapshot: str
    selection: Selection
    methods: tuple[str, ...]
    target: str

    kind = "trust-agreement"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"agreement of {len(self.methods)} methods, step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot,
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "methods": list(self.methods), "target": self.target,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write agreement.parquet: one row per two methods, measure and game."""
        agent = run.snapshot(self.step).load()
        states = read_states(run, agent, self.selection)
        weights = target_weights(agent.network, states.x, self.target)
        maps = {}
        for done, name in enumerate(self.methods, start=1):
            maps[name] = explain(agent.network, states.x, weights, find_method(name)).relevance
            progress(done, len(self.methods) + 1)
        rows = [
            {"step": self.step, "target": self.target, "first": first, "second": second, **row}
            for (first, second), (rank, overlap) in agreement(maps).items()
            for row in game_rows({"rank": rank, "overlap": overlap}, states.games)
        ]
        columns = ["step", "target", "first", "second", "score", "game", "value"]
        pd.DataFrame(rows, columns=columns).to_parquet(attempt.folder / "agreement.parquet", write_page_checksum=True)
        attempt.summary = {"states": len(states), "methods": len(maps)}
        progress(len(self.methods) + 1, len(self.methods) + 1)


def game_rows(scores: Mapping[str, np.ndarray], games: np.ndarray) -> Iterator[dict[str, Any]]:
    """A row for each score and game that has one: score, game, value."""
    for name, values in scores.items():
        for game, value in game_means(values, games).items():
            yield {"score": name, "game": game, "value": value}
