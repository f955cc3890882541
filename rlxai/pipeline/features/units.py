"""Task: what the units of one snapshot respond to: exemplars, dissection, tuning, on the same states for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from rlxai.features.ablation import changed, outputs_without, shift
from rlxai.features.dissection import Dissection, dissect, ratio
from rlxai.features.exemplars import peaks, strongest
from rlxai.features.layers import OUTPUTS, UnitLayer, output_columns, output_units, pre_activations, unit_layers
from rlxai.features.tuning import squared_correlation
from rlxai.networks import Agent
from rlxai.pipeline.features.states import States, read_states
from rlxai.pipeline.selection import Selection
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy import random_agent, shuffled
from rlxai.strategy.bootstrap import bootstrap

APART = 8
"""Decisions between exemplars of one game, at least."""
BAU = 0.005
"""Quantile of network dissection as published."""
_BATCH = 128
_DRAWS = 400
_ABLATED = 128
"""States on which units are held at their mean, evenly of all."""


@dataclass(frozen=True)
class UnitsTask:
    """Exemplars, dissection and tuning of one snapshot, with controls."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    selection: Selection
    exemplars: int
    """K of each unit, strongest and weakest."""
    randoms: int
    """Random networks of the snapshot's architecture."""

    kind = "features-units"
    code = 2

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"units of step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot,
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "exemplars": self.exemplars, "randoms": self.randoms,
        }  # fmt: skip

    @property
    def shares(self) -> Selection:
        """Tasks on the same states read them once."""
        return self.selection

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write units, exemplars, dissection and tuning as Parquet."""
        self.execute_together(run, [self], [attempt], progress)

    @staticmethod
    def execute_together(run: Run, tasks: Sequence[UnitsTask], attempts: Sequence[Attempt], progress: Progress) -> None:
        """The same for several snapshots on the same states."""
        states: States | None = None
        for done, (task, attempt) in enumerate(zip(tasks, attempts, strict=True)):
            agent = run.snapshot(task.step).load()
            layers = unit_layers(agent)
            states = states or read_states(run, task.selection, agent, layers)
            progress(2 * done + 1, 2 * len(tasks))
            task._write(attempt, agent, layers, states)
            progress(2 * done + 2, 2 * len(tasks))

    def _write(self, attempt: Attempt, agent: Agent, layers: tuple[UnitLayer, ...], states: States) -> None:
        values, q = _values(agent, states, layers)
        names, scalars = output_units(agent), output_columns(torch.as_tensor(q)).numpy()
        of = {layer.name: layer for layer in layers}
        parts: dict[str, list[pd.DataFrame]] = {"units": [], "exemplars": [], "dissection": [], "tuning": []}
        for name, found in [*values.items(), (OUTPUTS, scalars)]:
            labels = names if name == OUTPUTS else tuple(map(str, range(found.shape[1])))
            parts["exemplars"].append(self._exemplars(name, labels, found, states))
            if name != OUTPUTS:
                activity = unit_table(name, found)
                parts["units"].append(activity.join(_ablation(agent, of[name], found, q, activity["mean"], states)))
            if found.ndim == 2:
                parts["tuning"].append(_tuning(name, labels, found, states, "none", 0))
        parts["dissection"] += list(_dissections(values, states))
        for draw in range(self.randoms):
            other, _ = _values(random_agent(agent, draw), states, layers)
            parts["dissection"].append(_best_units(other, states, "random", draw))
            parts["tuning"] += [
                _best_tuning(_tuning(name, None, found, states, "random", draw))
                for name, found in other.items()
                if found.ndim == 2
            ]
        for name, tables in parts.items():
            table = pd.concat(tables, ignore_index=True).assign(step=self.step)
            table.to_parquet(attempt.folder / f"{name}.parquet", write_page_checksum=True)
        units = pd.concat(parts["units"])
        attempt.summary = {
            "states": len(states.decisions), "games": len(states.tasks),
            "units": {name: int(n) for name, n in units.groupby("layer").size().items()},
            "dead": {name: int(n) for name, n in units.groupby("layer").dead.sum().items()},
        }  # fmt: skip

    def _exemplars(self, layer: str, labels: Sequence[str], found: np.ndarray, states: States) -> pd.DataFrame:
        rows = []
        for which, sign in (("top", 1), ("bottom", -1)):
            best, places = peaks(sign * found)
            chosen = strongest(best, states.games, states.decisions, self.exemplars, APART)
            for unit, rank in zip(*np.nonzero(chosen >= 0), strict=True):
                state = chosen[unit, rank]
                rows.append((
                    layer, labels[unit], which, rank, sign * best[state, unit], states.tasks[states.games[state]],
                    states.decisions[state], *places[state, unit],
                ))  # fmt: skip
        columns = ["layer", "unit", "which", "rank", "value", "game", "decision", "row", "column"]
        return pd.DataFrame(rows, columns=columns)


def unit_table(layer: str, values: np.ndarray) -> pd.DataFrame:
    """How active each unit is, from its values before the ReLU, (N, U, ...).

    Columns: layer, unit, max (largest value), mean (of the activation, after the ReLU), active (share of places and
    states in which it is above 0), dead (never above 0 in any of the states: with others it might be).
    """
    flat = values.reshape(*values.shape[:2], -1).transpose(1, 0, 2).reshape(values.shape[1], -1)
    return pd.DataFrame({
        "layer": layer, "unit": np.arange(len(flat)), "max": flat.max(1),
        "mean": np.maximum(flat, 0).mean(1), "active": (flat > 0).mean(1), "dead": flat.max(1) <= 0,
    })  # fmt: skip


def _ablation(
    agent: Agent, layer: UnitLayer, values: np.ndarray, q: np.ndarray, means: pd.Series, states: States
) -> pd.DataFrame:
    """Columns changed (share of decisions, with low and high over games) and shift, see `rlxai.features.ablation`."""
    chosen = np.unique(np.linspace(0, len(values) - 1, min(_ABLATED, len(values))).round().astype(int))
    without = outputs_without(agent, layer, np.maximum(values[chosen], 0), means.to_numpy(float))
    differs = changed(q[chosen], without)  # (U, n)
    games = states.games[chosen] == np.unique(states.games[chosen])[:, None]  # (G, n)
    counts, sizes = games @ differs.T.astype(float), games.sum(1, dtype=float)[:, None]  # (G, U), (G, 1)
    share = bootstrap(lambda c, n: c.sum(1) / n.sum(1), counts, sizes, draws=_DRAWS)
    columns = {"changed": share.estimate, "changed_low": share.low, "changed_high": share.high}
    return pd.DataFrame({**columns, "shift": shift(q[chosen], without)})


def _values(agent: Agent, states: States, layers: tuple[UnitLayer, ...]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    parts = [
        pre_activations(agent, states.observations[start : start + _BATCH], layers)
        for start in range(0, len(states.observations), _BATCH)
    ]
    values = {layer.name: np.concatenate([part[layer.name] for part, _ in parts]) for layer in layers}
    return values, np.concatenate([q for _, q in parts])


def _dissections(values: dict[str, np.ndarray], states: States) -> Iterator[pd.DataFrame]:
    """Every unit and object, with an interval over games; and the best unit under masks of other states."""
    for name, objects in states.cells.items():
        maps = np.maximum(values[name], 0)
        found = dissect(maps, objects, states.games)
        published = dissect(maps, objects, states.games, BAU)
        yield _long(name, found, published, states.names)
    elsewhere = {name: objects.copy() for name, objects in states.cells.items()}
    for game in range(len(states.tasks)):
        inside = states.games == game
        for objects in elsewhere.values():
            objects[inside] = shuffled(objects[inside], game)
    for name, objects in elsewhere.items():
        found = dissect(np.maximum(values[name], 0), objects, states.games)
        yield _best(name, found, states.names, "shuffled", 0)


def _long(layer: str, found: Dissection, published: Dissection, names: tuple[str, ...]) -> pd.DataFrame:
    iou = np.nan_to_num(found.iou, nan=-1)
    plane = iou.argmax(1)  # (U, K)
    u, k = np.indices(plane.shape)
    both, either = (counts[:, u, plane, k] for counts in (found.both, found.either))  # (G, U, K)
    interval = bootstrap(lambda b, e: ratio(b.sum(1), e.sum(1)), both, either, draws=_DRAWS)
    return pd.DataFrame({
        "layer": layer, "unit": u.ravel(), "object": np.array(names)[k].ravel(), "control": "none", "draw": 0,
        "frame": plane.ravel(), "iou": interval.estimate.ravel(), "low": interval.low.ravel(),
        "high": interval.high.ravel(), "iou_published": published.iou[u, plane, k].ravel(),
        "selectivity": found.selectivity[u, plane, k].ravel(),
        "chance": (found.quantile / (2 - found.quantile))[k].ravel(),
    })  # fmt: skip


def _best(layer: str, found: Dissection, names: tuple[str, ...], control: str, draw: int) -> pd.DataFrame:
    best = np.nan_to_num(found.iou, nan=-1).max(1)  # (U, K)
    rows = {"layer": layer, "unit": best.argmax(0), "object": names, "control": control, "draw": draw}
    highest = best.max(0)
    return pd.DataFrame(rows | {"iou": np.where(highest < 0, np.nan, highest)})


def _best_units(values: dict[str, np.ndarray], states: States, control: str, draw: int) -> pd.DataFrame:
    tables = [
        _best(name, dissect(np.maximum(values[name], 0), objects, states.games), states.names, control, draw)
        for name, objects in states.cells.items()
    ]
    return pd.concat(tables) if tables else pd.DataFrame()


def _tuning(
    layer: str, labels: Sequence[str] | None, found: np.ndarray, states: States, control: str, draw: int
) -> pd.DataFrame:
    activations = found if layer == OUTPUTS else np.maximum(found, 0)
    r2 = squared_correlation(activations, states.values)
    units = [str(unit) for unit in range(len(r2))] if labels is None else list(labels)
    table = pd.DataFrame(r2, columns=list(states.properties)).assign(unit=units)
    long = table.melt(id_vars="unit", var_name="property", value_name="r2").dropna()
    return long.assign(layer=layer, control=control, draw=draw)


def _best_tuning(table: pd.DataFrame) -> pd.DataFrame:
    return table.loc[table.groupby("property", sort=False).r2.idxmax()]
