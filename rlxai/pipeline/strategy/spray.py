"""Task: spectral clusters of the relevance maps of one snapshot, or of several together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from rlxai.attribution import attribute
from rlxai.attribution.spread import drawn
from rlxai.episodes import Episode, load_episode
from rlxai.pipeline.explain import taken_by
from rlxai.pipeline.selection import Selection, count, parts
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy import ledger
from rlxai.strategy.saving import save_figure
from rlxai.strategy.spray.analysis import pooled, spray
from rlxai.strategy.spray.clusters import describe_clusters, follow, passages
from rlxai.strategy.spray.embedding import EMBEDDINGS
from rlxai.strategy.spray.figure import spray_figure

_AROUND = 3
"""Decisions before and after an event that count as near it."""


@dataclass(frozen=True)
class SprayTask:
    """Explain chosen states by each snapshot, cluster all maps together, and say what the clusters are about."""

    snapshots: tuple[tuple[int, str], ...]
    """(step, SHA-256 of the weights) of each."""
    selections: tuple[Selection, ...]
    """States of each snapshot."""
    states: str
    """common or own."""
    method: str
    target: str
    cells: int = 21
    """Blocks along each side that a map is averaged to."""
    seed: int = 0
    embedding: str = "tsne"
    """The picture's; see `rlxai.strategy.spray.embedding`."""

    kind = "spray"
    code = 2

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        of = f"step {self.snapshots[0][0]:,}" if len(self.snapshots) == 1 else f"{len(self.snapshots)} snapshots"
        return f"clusters of the maps of {of} on {self.states} states"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "snapshots": [list(snapshot) for snapshot in self.snapshots],
            "selections": [[[task, list(t)] for task, t in selection] for selection in self.selections],
            "states": self.states, "method": self.method, "target": self.target, "cells": self.cells,
            "seed": self.seed, "embedding": self.embedding,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write maps.parquet (one row per map), means.npy (n, H, W) and the figure; the clusters are the summary."""
        rows: list[dict[str, Any]] = []
        points: list[np.ndarray] = []
        shown: list[np.ndarray] = []
        total = sum(map(count, self.selections)) + 1
        for (step, _), selection in zip(self.snapshots, self.selections, strict=True):
            agent = run.snapshot(step).load()
            for task, decisions in selection:
                episode = load_episode(run.commit("episode", task).folder).seen_by(agent.preprocessing)
                traits = _near_events(episode)
                taken = taken_by(agent, episode)
                for part in parts(decisions):
                    observations, masks = episode.observations(part), episode.masks(part)
                    given = taken[part] if self.target == "taken" else None
                    result = attribute(agent, observations, method=self.method, target=self.target, taken=given)
                    points.append(pooled(result.relevance, self.cells))
                    shown.append(_unit(drawn(result.relevance)))
                    lifts = {} if masks is None else _lifts(result.relevance, masks, episode.mask_names)
                    columns = {**lifts, **{name: values[part] for name, values in traits.items()}}
                    rows += [
                        {"step": step, "episode": task, "decision": int(t), **{n: v[i] for n, v in columns.items()}}
                        for i, t in enumerate(part)
                    ]
                    progress(len(rows), total)
        self._write(attempt, pd.DataFrame(rows), np.concatenate(points), np.concatenate(shown), run.name)
        progress(total, total)

    def _write(self, attempt: Attempt, table: pd.DataFrame, points: np.ndarray, shown: np.ndarray, name: str) -> None:
        found = spray(points, seed=self.seed)
        traits = {
            column: table[column].to_numpy(float) for column in table.columns.drop(["step", "episode", "decision"])
        }
        clusters = describe_clusters(found.labels, found.spectral, traits)
        means = np.stack([shown[found.labels == cluster.index].mean(0) for cluster in clusters]).astype(np.float32)
        embedding, embed = EMBEDDINGS[self.embedding]
        plane = embed(points, seed=self.seed)
        table = table.assign(cluster=found.labels, x=plane[:, 0], y=plane[:, 1])
        table.to_parquet(attempt.folder / "maps.parquet", write_page_checksum=True)
        np.save(attempt.folder / "means.npy", means)
        title = f"{name}: what the relevance maps have in common ({self.method} of {self.target}, {self.states} states)"
        figure = spray_figure(table, clusters, means, found.eigenvalues, title=title, embedding=embedding)
        save_figure(figure, attempt.folder, "clusters", dpi=130)
        steps, shares = follow(found.labels, table.step.to_numpy())
        attempt.summary = {
            "maps": len(table), "eigenvalues": found.eigenvalues.round(9).tolist(),
            "clusters": [asdict(cluster) for cluster in clusters],
            "steps": steps.tolist(), "shares": shares.tolist(),
            "passages": [asdict(passage) for passage in passages(steps, shares)],
        }  # fmt: skip


def _unit(maps: np.ndarray) -> np.ndarray:
    total = np.abs(maps).sum((1, 2), keepdims=True)
    divided: np.ndarray = np.divide(maps, total, out=np.zeros_like(maps), where=total > 0)
    return divided


def _lifts(relevance: np.ndarray, masks: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    lift = ledger(relevance, masks).lifts
    return {f"relevance on the {name}": lift[:, k] for k, name in enumerate(names)}


def _near_events(episode: Episode) -> dict[str, np.ndarray]:
    """1 near an event and 0 elsewhere, float (T,): points, a lost life, and which action was pressed."""
    scored = np.asarray(episode.rewards) > 0
    lost = np.diff(np.asarray(episode.lives)) < 0
    near = {"around a point scored": scored, "around a life lost": lost}
    traits = {name: np.convolve(at, np.ones(2 * _AROUND + 1), "same") > 0 for name, at in near.items()}
    traits |= {f"pressing {action}": np.asarray(episode.taken) == i for i, action in enumerate(episode.actions)}
    return {name: values.astype(float) for name, values in traits.items()}
