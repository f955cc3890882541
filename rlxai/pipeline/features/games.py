"""Tasks: games of a snapshot without something: blind to objects, or without units; and what that costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from rlxai.episodes.score import Result, play_out
from rlxai.features.blind import Blindfold, play_blind
from rlxai.features.effects import BASE, effects
from rlxai.features.effects_figure import effects_figure
from rlxai.features.layers import unit_layers
from rlxai.features.lesion import without_units
from rlxai.networks import Agent
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy.saving import save_figure


@dataclass(frozen=True)
class Condition:
    """What is taken away."""

    name: str
    kind: str
    """whole, blind, elsewhere, units or random units."""
    objects: tuple[str, ...] = ()
    fill: int = 0
    units: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """(layer, its units)."""


WHOLE = Condition(BASE, "whole")


@dataclass(frozen=True)
class ConditionGamesTask:
    """Games of one snapshot under one condition, from the seeds `seed`, `seed` + 1, ..."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    condition: Condition
    held_at: str
    """Task of kind features-units: units that are taken away stay at their mean activation there."""
    games: int
    epsilon: float
    seed: int
    max_decisions: int

    kind = "features-games"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"games: {self.condition.name}" if self.condition.kind != "whole" else "games of the whole agent"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        condition = {name: value for name, value in asdict(self.condition).items() if name != "name"}
        condition["objects"] = list(self.condition.objects)
        condition["units"] = [[layer, list(units)] for layer, units in self.condition.units]
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "condition": condition,
            "held_at": self.held_at if self.condition.units else None, "games": self.games, "epsilon": self.epsilon,
            "seed": self.seed, "max_decisions": self.max_decisions,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write games.csv: seed, score, decisions, end."""
        agent = self._agent(run)
        results = []
        for number in range(self.games):
            results.append(self._play(agent, str(run.info["game"]), self.seed + number))
            progress(number + 1, self.games)
        table = pd.DataFrame(results)
        table.insert(0, "seed", range(self.seed, self.seed + self.games))
        table.to_csv(attempt.folder / "games.csv", index=False)
        attempt.summary = {"mean": float(table.score.mean()), "games": self.games}

    def _agent(self, run: Run) -> Agent:
        agent = run.snapshot(self.step).load()
        if not self.condition.units:
            return agent
        means = pd.read_parquet(run.commit("features-units", self.held_at).folder / "units.parquet")
        for layer in unit_layers(agent):
            chosen = dict(self.condition.units).get(layer.name)
            if chosen:
                held = means[means.layer == layer.name].sort_values("unit")["mean"].to_numpy(float)
                agent = without_units(agent, layer, chosen, np.maximum(held, 0))
        return agent

    def _play(self, agent: Agent, game: str, seed: int) -> Result:
        settings: dict[str, Any] = {
            "seed": seed, "max_decisions": self.max_decisions, "epsilon": self.epsilon, "game": game
        }  # fmt: skip
        if not self.condition.objects:
            return play_out(agent, **settings)
        blindfold = Blindfold(self.condition.objects, self.condition.fill, self.condition.kind == "elsewhere")
        return play_blind(agent, blindfold, **settings)


@dataclass(frozen=True)
class EffectsTask:
    """All conditions of one snapshot as one table and figure."""

    step: int
    results: tuple[tuple[str, str, str], ...]
    """(name, kind of condition, task of kind features-games)."""

    kind = "features-effects"
    code = 1
    title = "what objects and units are worth in points"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {"code": self.code, "step": self.step, "results": [list(result) for result in self.results]}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write effects.parquet, effects.csv, effects.svg and effects.png."""
        games = {name: run.commit("features-games", task) for name, _, task in self.results}
        table = effects({name: pd.read_csv(commit.folder / "games.csv") for name, commit in games.items()})
        table.insert(1, "kind", [kind for _, kind, _ in self.results])
        table.to_parquet(attempt.folder / "effects.parquet", write_page_checksum=True)
        table.to_csv(attempt.folder / "effects.csv", index=False, float_format="%.6g")
        caption = (
            "Blind: the object's pixels are filled with the background in all stacked frames; elsewhere: holes of the "
            "same shape half a screen away. Units are held at their mean activation; grey: controls."
        )
        title = f"{run.name}, step {self.step:,}: score without ..."
        save_figure(effects_figure(table, title=title, caption=caption), attempt.folder, "effects")
        attempt.summary = {"step": self.step, "conditions": len(table), "games": int(table.games.iloc[0])}
        progress(1, 1)
