"""Task: the relevance maps of one snapshot on one episode by one method, with their statistics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rlxai.attribution import Attribution, attribute, methods
from rlxai.episodes import Episode, load_episode
from rlxai.errors import RlxaiError
from rlxai.networks import Agent
from rlxai.pipeline.task import CODE_VERSION, Progress
from rlxai.store import Attempt, Run, SnapshotRef, write_maps
from rlxai.strategy import Ledger, concatenate, ledger

_BATCH = 64
"""Decisions explained at once: bounds memory whatever the episode's length."""


@dataclass(frozen=True)
class AttributionTask:
    """Maps of every decision of an episode, of whichever snapshot recorded it."""

    step: int
    snapshot: str
    """SHA-256 of the weights explained."""
    episode: str
    """Task of the episode whose states are explained."""
    method: str
    target: str
    options: dict[str, Any] = field(default_factory=dict)

    kind = "attribution"

    @classmethod
    def of(cls, snapshot: SnapshotRef, *, episode: str, method: str, target: str) -> AttributionTask:
        """The task for a snapshot of a run."""
        return cls(snapshot.step, snapshot.sha256, episode, method, target)

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"{self.method} of {self.target}, step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": CODE_VERSION, "step": self.step, "snapshot": self.snapshot, "episode": self.episode,
            "method": self.method, "target": self.target, "options": self.options,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Explain in batches; statistics are taken from the float32 maps before these are stored as int16."""
        agent = run.snapshot(self.step).load()
        episode = load_episode(run.commit("episode", self.episode).folder).seen_by(agent.preprocessing)
        statistics = _Statistics(episode.mask_names, episode.decisions * agent.preprocessing.size**2)
        batches = self._explain(agent, episode, statistics, progress)
        write_maps(attempt.folder, (episode.decisions, *agent.input_shape), batches)
        statistics.write(attempt.folder / "steps.parquet")
        attempt.summary = {
            "decisions": episode.decisions, "signed": methods()[self.method].signed, **statistics.summary(),
        }  # fmt: skip

    def _explain(
        self, agent: Agent, episode: Episode, statistics: _Statistics, progress: Progress
    ) -> Iterator[np.ndarray]:
        taken = taken_by(agent, episode)
        for start in range(0, episode.decisions, _BATCH):
            decisions = slice(start, min(start + _BATCH, episode.decisions))
            result = attribute(
                agent,
                episode.observations(decisions),
                method=self.method,
                target=self.target,
                taken=taken[decisions] if self.target == "taken" else None,
                **self.options,
            )
            if not np.isfinite(result.relevance).all():
                raise RlxaiError(f"{self.title}: relevance of decisions {start} to {decisions.stop - 1} is not finite")
            statistics.add(result, episode.masks(decisions))
            yield result.relevance
            progress(decisions.stop, episode.decisions)


def taken_by(agent: Agent, episode: Episode) -> np.ndarray:
    """The episode's actions as indices of the agent's outputs, int64 (T,); -1 where it has no such action."""
    index = {name: position for position, name in enumerate(agent.actions)}
    outputs = np.array([index.get(name, -1) for name in episode.actions])
    return np.take(outputs, episode.taken)


class _Statistics:
    """Per-decision figures of the float32 maps, gathered batch by batch."""

    def __init__(self, objects: tuple[str, ...], cells: int) -> None:
        self._objects = objects
        self._keep = max(1, cells // 1000)  # the smallest of the largest 0.1 % of all cells is their p99.9
        self._columns: dict[str, list[np.ndarray]] = {}
        self._ledgers: list[Ledger] = []
        self._top = np.zeros(0, np.float32)

    def add(self, result: Attribution, masks: np.ndarray | None) -> None:
        relevance = result.relevance
        flat = relevance.reshape(len(relevance), -1)
        summed = np.abs(relevance.sum(axis=1))  # (n, H, W): what the replay shows
        columns = {
            "target": result.target,
            **{f"output_{i}": result.outputs[:, i] for i in range(result.outputs.shape[1])},
            "inputs": flat.sum(1, dtype=np.float64),
            "bias": np.full(len(flat), np.nan) if result.bias is None else result.bias,
            "abs_sum": np.abs(flat).sum(1, dtype=np.float64),
            "abs_max": np.abs(flat).max(1),
            "shown_max": summed.max(axis=(1, 2)),
        }
        for name, values in columns.items():
            self._columns.setdefault(name, []).append(values.astype(np.float64))
        top = np.concatenate([self._top, summed.reshape(-1)])
        self._top = np.partition(top, -self._keep)[-self._keep :] if len(top) > self._keep else top
        if masks is not None:
            self._ledgers.append(ledger(relevance, masks))

    def write(self, path: Path) -> None:
        columns = {name: np.concatenate(parts) for name, parts in self._columns.items()}
        table = {"decision": np.arange(len(next(iter(columns.values())))), **columns}
        if self._ledgers:
            joined = concatenate(self._ledgers)
            share, area = joined.share.sum(1), joined.area.sum(1)  # (T, K)
            lift = np.divide(share, area, out=np.full_like(share, np.nan), where=area > 0)
            for k, name in enumerate(self._objects):
                table[f"share_{name}"], table[f"lift_{name}"] = share[:, k], lift[:, k]
        pq.write_table(pa.table(table), path, write_page_checksum=True)

    def summary(self) -> dict[str, float]:
        """Scales for the replay, over the maps as shown (summed over stacked frames)."""
        return {"p999": float(self._top.min()), "max": float(self._top.max())}
