"""Tasks: a layer's activations over many states as points in the plane, and the atlas of one snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from rlxai.features.atlas import Cell, grid_cells, traits
from rlxai.features.atlas_figure import atlas_figure
from rlxai.features.embedding import planes
from rlxai.features.embedding_figure import CAUTION, embedding_figure
from rlxai.features.layers import UnitLayer, below, pre_activations, unit_layers
from rlxai.features.maximise import direction_objective, maximise
from rlxai.features.picture import in_colours
from rlxai.features.sheet import save_picture
from rlxai.networks import Agent
from rlxai.pipeline.features.optimised import NEAR
from rlxai.pipeline.features.states import States, newest_last, read_states
from rlxai.pipeline.selection import Selection
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy.figure import shown_objects

LEAST = 4
"""States that a cell of the atlas needs."""
_BATCH = 128


@dataclass(frozen=True)
class EmbeddingTask:
    """The last hidden layer of one or several snapshots on the same states; of one snapshot also its atlas."""

    snapshots: tuple[tuple[int, str], ...]
    """(step, SHA-256 of the weights) of each."""
    selection: Selection
    perplexities: tuple[float, ...]
    side: int
    """Cells along each side of the atlas; 0 for no atlas."""
    steps: int
    """Of the optimiser, for the atlas."""
    umap: bool
    """Whether UMAP too, which needs umap-learn."""
    seed: int = 0

    kind = "features-embedding"
    code = 3

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"embedding of {'all snapshots' if len(self.snapshots) > 1 else f'step {self.snapshots[0][0]:,}'}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "snapshots": [list(one) for one in self.snapshots],
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "perplexities": list(self.perplexities), "side": self.side, "steps": self.steps, "umap": self.umap,
            "seed": self.seed,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write points.parquet, embedding.png; with an atlas also cells.parquet, atlas-*.npy and its figure.

        points: a row per snapshot and state: step, game, decision, value, action, the state's properties, and
        <embedding>-x, <embedding>-y.
        """
        agents = [run.snapshot(step).load() for step, _ in self.snapshots]
        layer = unit_layers(agents[0])[-1]
        states = read_states(run, self.selection, agents[0], ())
        codes, outputs = zip(*(_codes(agent, states, layer) for agent in agents), strict=True)
        points, q = np.concatenate(codes), np.concatenate(outputs)
        progress(1, 4)
        found = planes(points, self.perplexities, self.seed, with_umap=self.umap)
        table = self._table(states, q)
        for plane in found:
            table[f"{plane.name}-x"], table[f"{plane.name}-y"] = plane.points.T
        table.to_parquet(attempt.folder / "points.parquet", write_page_checksum=True)
        progress(2, 4)
        of = f"{len(agents)} snapshots" if len(agents) > 1 else f"step {self.snapshots[0][0]:,}"
        shown = _colourings(table, states, len(agents) > 1)
        figure = embedding_figure(
            found,
            shown,
            {"best action": agents[0].actions},
            title=f"{run.name}, {of}: states as {layer.name} sees them",
        )
        save_picture(figure, attempt.folder, "embedding")
        progress(3, 4)
        attempt.summary = {
            "layer": layer.name, "points": len(points), "trust": {plane.name: plane.trust for plane in found},
            "titles": {plane.name: plane.title for plane in found}, "actions": list(agents[0].actions),
        }  # fmt: skip
        if self.side:
            middle = found[1 + len(self.perplexities) // 2]  # of a perplexity that is neither least nor largest
            cells = grid_cells(middle.points, points, side=self.side, least=LEAST)
            self._atlas(run, attempt, agents[0], layer, states, cells, points, table, middle.title)
            attempt.summary["cells"] = len(cells)
        progress(4, 4)

    def _table(self, states: States, q: np.ndarray) -> pd.DataFrame:
        each, count = len(states.decisions), len(self.snapshots)
        table = pd.DataFrame({
            "step": np.repeat([step for step, _ in self.snapshots], each),
            "game": np.tile(np.array(states.tasks)[states.games], count), "decision": np.tile(states.decisions, count),
            "value": q.mean(1), "action": q.argmax(1),
        })  # fmt: skip
        properties = pd.DataFrame(np.tile(states.values, (count, 1)), columns=list(states.properties))
        return pd.concat([table, properties], axis=1)

    def _atlas(
        self, run: Run, attempt: Attempt, agent: Agent, layer: UnitLayer, states: States, cells: list[Cell],
        points: np.ndarray, table: pd.DataFrame, plane: str,
    ) -> None:  # fmt: skip
        typical = states.observations[[cell.medoid for cell in cells]]
        start = agent.to_input(typical)
        means = torch.as_tensor(np.stack([points[cell.members].mean(0) for cell in cells]))
        objective = direction_objective(below(agent, layer), means)
        with torch.no_grad():
            scale = objective(start).clamp(min=1e-3)
        optimised = maximise(objective, start, scale, replace(NEAR, steps=self.steps))
        levels = (optimised * 255).round().to(torch.uint8).numpy()
        pictures = [np.ascontiguousarray(newest_last(one, agent.preprocessing)) for one in (typical, levels)]
        for name, picture in zip(("typical", "optimised"), pictures, strict=True):
            np.save(attempt.folder / f"atlas-{name}.npy", picture)
        actions = [int(np.bincount(table.action.to_numpy()[cell.members]).argmax()) for cell in cells]
        kept = [name for name in states.properties if name.rpartition(" ")[0] in _told(states)]
        columns = table[["value", *kept]].to_numpy(float)
        words = [traits(cell.members, columns, ["value", *kept]) for cell in cells]
        rows = [
            {
                "row": cell.row, "column": cell.column, "states": len(cell.members), "medoid": cell.medoid,
                "game": table.game[cell.medoid], "decision": int(table.decision[cell.medoid]),
                "action": agent.actions[action], "value": float(table.value[cell.members].mean()),
                "traits": "; ".join(f"{name} {amount:+.1f} sd" for name, amount in said),
                "members": cell.members.tolist(),
            }
            for cell, action, said in zip(cells, actions, words, strict=True)
        ]  # fmt: skip
        pd.DataFrame(rows).to_parquet(attempt.folder / "cells.parquet", write_page_checksum=True)
        labels = ["\n".join(f"{name} {amount:+.1f} sd" for name, amount in said) for said in words]
        caption = (
            f"A grid over {plane} of {layer.name}, {len(points)} states; cells of fewer than {LEAST} states are left "
            "out. Border: the most frequent action. Below: what sets the cell's states apart, in standard deviations "
            "of all. Blue: three frames ago, orange: now. Optimised inputs start from the typical state; no game shows "
            f"them. {CAUTION}"
        )
        figure = atlas_figure(
            cells, in_colours(pictures[0] / 255), in_colours(pictures[1] / 255), actions, agent.actions, labels,
            side=self.side, title=f"{run.name}, step {self.snapshots[0][0]:,}: activation atlas", caption=caption,
        )  # fmt: skip
        save_picture(figure, attempt.folder, "atlas")


def _codes(agent: Agent, states: States, layer: UnitLayer) -> tuple[np.ndarray, np.ndarray]:
    """Activations behind the ReLU, float32 (N, D), and the outputs (N, A)."""
    parts = [
        pre_activations(agent, states.observations[start : start + _BATCH], (layer,))
        for start in range(0, len(states.observations), _BATCH)
    ]
    values = np.concatenate([part[layer.name] for part, _ in parts])
    return np.maximum(values, 0).reshape(len(values), -1), np.concatenate([q for _, q in parts])


def _told(states: States) -> list[str]:
    return shown_objects(states.names, 4)


def _colourings(table: pd.DataFrame, states: States, several: bool) -> dict[str, np.ndarray]:
    first = {"million decisions": table.step / 1e6} if several else {}
    shown = {**first, "value": table.value, "best action": table.action}
    names = _told(states)
    for name, what in ((names[0], "x"), (names[0], "y"), (names[min(1, len(names) - 1)], "x"), (names[-1], "area")):
        shown[f"{name.replace('-', ' ')} {what}"] = table[f"{name} {what}"]
    return {name: column.to_numpy(float) for name, column in shown.items()}
