"""Tasks: let a snapshot, or a scripted player, play one game and keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rlxai.episodes import Episode, play_script, record, save_episode
from rlxai.errors import InvalidValue
from rlxai.pipeline.task import Progress
from rlxai.preprocessing import Preprocessing
from rlxai.store import Attempt, Run, SnapshotRef


@dataclass(frozen=True)
class EpisodeTask:
    """One game of one snapshot, from one seed."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    seed: int = 0
    max_decisions: int = 5000
    epsilon: float = 0.0

    kind = "episode"
    code = 2

    @classmethod
    def of(cls, snapshot: SnapshotRef, *, seed: int, max_decisions: int, epsilon: float) -> EpisodeTask:
        """The task for a snapshot of a run."""
        return cls(snapshot.step, snapshot.sha256, seed, max_decisions, epsilon)

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"play of step {self.step:,}, seed {self.seed}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "seed": self.seed,
            "max_decisions": self.max_decisions, "epsilon": self.epsilon,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Play and save; an episode of known length cannot be foreseen, so progress counts towards the cap."""
        episode = record(
            run.snapshot(self.step).load(),
            seed=self.seed,
            max_decisions=self.max_decisions,
            epsilon=self.epsilon,
            progress=progress,
        )
        _keep(episode, attempt)


@dataclass(frozen=True)
class ScriptTask:
    """A game of the scripted player, as the agents of the run see it."""

    decisions: int
    seed: int = 0

    kind = "episode"
    code = 2

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"play of the scripted player, seed {self.seed}"

    def spec(self) -> dict[str, Any]:
        """All inputs; step and snapshot are those of no agent."""
        return {"code": self.code, "step": None, "snapshot": None, "seed": self.seed, "max_decisions": self.decisions}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Play and save."""
        preprocessing = Preprocessing.from_dict(run.info["preprocessing"])
        episode = play_script(
            run.info["game"], preprocessing, seed=self.seed, max_decisions=self.decisions, progress=progress
        )
        _keep(episode, attempt)


def _keep(episode: Episode, attempt: Attempt) -> None:
    save_episode(episode, attempt.folder)
    attempt.summary = {
        "score": float(episode.score), "decisions": episode.decisions, "end": episode.end, "message": episode.message,
    }  # fmt: skip


def check_games(games: int, max_decisions: int, epsilon: float, seed: int) -> None:
    """Refuse games that cannot be played before any is.

    Raises:
        InvalidValue: a number is outside its domain.
    """
    if games < 1 or max_decisions < 1 or not 0 <= epsilon <= 1 or seed < 0:
        raise InvalidValue(
            "games and max decisions must be at least 1, epsilon between 0 and 1, seed at least 0; met "
            f"games {games}, max decisions {max_decisions}, epsilon {epsilon}, seed {seed}"
        )
