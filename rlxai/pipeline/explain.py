"""Task: the relevance maps of one snapshot on one episode by one method, with their statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlxai.attribution import Attribution, Request, attribute_each, methods
from rlxai.episodes import Episode, load_episode
from rlxai.errors import RlxaiError
from rlxai.networks import Agent
from rlxai.pipeline.statistics import Statistics
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, MapsWriter, Run, SnapshotRef

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
    code = 4

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
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "episode": self.episode,
            "method": self.method, "target": self.target, "options": self.options,
        }  # fmt: skip

    @property
    def shares(self) -> tuple[str, str]:
        """Tasks on the same states of the same network read them, and run it, once."""
        return self.snapshot, self.episode

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Explain in batches; statistics are taken from the float32 maps before these are stored as int16."""
        self.execute_together(run, [self], [attempt], progress)

    @staticmethod
    def execute_together(
        run: Run, tasks: Sequence[AttributionTask], attempts: Sequence[Attempt], progress: Progress
    ) -> None:
        """The same for several methods and targets, in one walk over the states."""
        agent = run.snapshot(tasks[0].step).load()
        episode = load_episode(run.commit("episode", tasks[0].episode).folder).seen_by(agent.preprocessing)
        taken = taken_by(agent, episode)
        requests = [Request(task.method, task.target, task.options) for task in tasks]
        outputs = [_Output(task, attempt, agent, episode) for task, attempt in zip(tasks, attempts, strict=True)]
        for start in range(0, episode.decisions, _BATCH):
            decisions = slice(start, min(start + _BATCH, episode.decisions))
            masks = episode.masks(decisions)
            results = attribute_each(agent, episode.observations(decisions), requests, taken=taken[decisions])
            for result, output in zip(results, outputs, strict=True):
                output.add(result, masks, decisions)
            progress(decisions.stop, episode.decisions)
        for output in outputs:
            output.close()


class _Output:
    """The maps of one task and their statistics, written batch by batch."""

    def __init__(self, task: AttributionTask, attempt: Attempt, agent: Agent, episode: Episode) -> None:
        self._task, self._attempt, self._decisions = task, attempt, episode.decisions
        self._maps = MapsWriter(attempt.folder, (episode.decisions, *agent.input_shape))
        self._statistics = Statistics(episode.mask_names, episode.decisions * agent.preprocessing.size**2)

    def add(self, result: Attribution, masks: np.ndarray | None, decisions: slice) -> None:
        if not np.isfinite(result.relevance).all():
            raise RlxaiError(
                f"{self._task.title}: relevance of decisions {decisions.start} to {decisions.stop - 1} is not finite"
            )
        self._statistics.add(result, masks)
        self._maps.add(result.relevance)

    def close(self) -> None:
        self._maps.close()
        self._statistics.write(self._attempt.folder / "steps.parquet")
        self._attempt.summary = {
            "decisions": self._decisions, "signed": methods()[self._task.method].signed, **self._statistics.summary(),
        }  # fmt: skip


def taken_by(agent: Agent, episode: Episode) -> np.ndarray:
    """The episode's actions as indices of the agent's outputs, int64 (T,); -1 where it has no such action."""
    index = {name: position for position, name in enumerate(agent.actions)}
    outputs = np.array([index.get(name, -1) for name in episode.actions])
    return np.take(outputs, episode.taken)
