"""Tasks: how well a snapshot plays, over many games from fixed seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rlxai.episodes.score import play_out
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.episodes import check_games
from rlxai.pipeline.evaluate_curve import CurveTask, monitor_digest
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Commit, Run, SnapshotRef
from rlxai.strategy.bootstrap import bootstrap_mean

GAMES, EPSILON = 30, 0.01
MAX_DECISIONS = 27_000
"""Half an hour of play at 60 frames a second, the limit in all published DQN results."""


@dataclass(frozen=True)
class EvaluationTask:
    """Games of one snapshot from the seeds `seed`, `seed` + 1, ...; those that `rlxai.record` plays, unrecorded."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    games: int = GAMES
    epsilon: float = EPSILON
    seed: int = 0
    max_decisions: int = MAX_DECISIONS

    kind = "evaluation"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"evaluation of step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "games": self.games,
            "epsilon": self.epsilon, "seed": self.seed, "max_decisions": self.max_decisions,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Play all games; write games.csv, and their mean with its 95 % bootstrap interval into the summary."""
        agent = run.snapshot(self.step).load()
        results = []
        for number in range(self.games):
            result = play_out(
                agent,
                seed=self.seed + number,
                max_decisions=self.max_decisions,
                epsilon=self.epsilon,
                game=run.info["game"],
            )
            results.append(result)
            progress(number + 1, self.games)
        table = pd.DataFrame(results)
        table.insert(0, "seed", range(self.seed, self.seed + self.games))
        table.to_csv(attempt.folder / "games.csv", index=False)
        mean = bootstrap_mean(table.score.to_numpy())
        attempt.summary = {
            "scores": table.score.tolist(), "mean": float(mean.estimate),
            "low": _number(float(mean.low)), "high": _number(float(mean.high)),
            "min": float(table.score.min()), "max": float(table.score.max()),
            "cut": int((table.end == "cap").sum()), "stalled": int((table.end == "stalled").sum()),
        }  # fmt: skip


def evaluate(
    run: Run,
    snapshots: Sequence[SnapshotRef],
    engine: Engine,
    report: Report,
    *,
    games: int = GAMES,
    epsilon: float = EPSILON,
    seed: int = 0,
    max_decisions: int = MAX_DECISIONS,
) -> tuple[list[Commit], Commit]:
    """Let each snapshot play `games` games, and draw the learning curve.

    Returns:
        The evaluations, and the curve with its figure.

    Raises:
        InvalidValue: a number is outside its domain.
    """
    check_games(games, max_decisions, epsilon, seed)
    tasks = [EvaluationTask(s.step, s.sha256, games, epsilon, seed, max_decisions) for s in snapshots]
    done = engine.run(run, tasks, report)
    curve = CurveTask(tuple(commit.task for commit in done), monitor_digest(run))
    return done, engine.run(run, [curve], report)[0]


def evaluated(run: Run) -> dict[int, Commit]:
    """By step, the evaluation with most games."""
    found: dict[int, Commit] = {}
    for commit in sorted(run.commits("evaluation"), key=lambda commit: (commit.spec["games"], commit.task)):
        found[int(commit.spec["step"])] = commit
    return found


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if value == value else None
