"""Task: what one snapshot does in its recorded games, without a look at its network."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from rlxai.episodes import Episode, load_episode
from rlxai.games.behaviour import game_behaviour
from rlxai.games.played import Played
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run, SnapshotRef
from rlxai.strategy.behaviour import measure, summarise
from rlxai.strategy.quantity import Game


@dataclass(frozen=True)
class BehaviourTask:
    """All behavioural quantities of the recorded games of one snapshot."""

    step: int
    snapshot: str
    """SHA-256 of the weights that played."""
    episodes: tuple[str, ...]
    """Tasks of the episodes."""

    kind = "behaviour"
    code = 1

    @classmethod
    def of(cls, snapshot: SnapshotRef, episodes: tuple[str, ...]) -> BehaviourTask:
        """The task for a snapshot of a run."""
        return cls(snapshot.step, snapshot.sha256, episodes)

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"behaviour of step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "episodes": list(self.episodes),
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write games.parquet, a row per game, and events.parquet, a row per event.

        Games that are equal to the last byte count once: a deterministic player that meets the same start twice tells
        nothing new, and would make intervals too narrow.
        """
        games: list[dict[str, Any]] = []
        events: list[pd.DataFrame] = []
        met: set[bytes] = set()
        for done, task in enumerate(self.episodes, start=1):
            episode = load_episode(run.commit("episode", task).folder)
            if episode.hashes.tobytes() not in met:
                met.add(episode.hashes.tobytes())
                played = play_of(episode)
                quantities = measure(Game(episode.rewards, episode.taken, played))
                games.append({"step": self.step, "episode": task, "seed": episode.recipe.seed, **quantities})
                events.append(_events(played, self.step, task))
            progress(done, len(self.episodes))
        table = pd.DataFrame(games)
        table.to_parquet(attempt.folder / "games.parquet", write_page_checksum=True)
        pd.concat(events, ignore_index=True).to_parquet(attempt.folder / "events.parquet", write_page_checksum=True)
        means = {
            name: {
                "mean": _plain(found.estimate),
                "low": _plain(found.low),
                "high": _plain(found.high),
                "games": found.units,
            }
            for name, found in summarise(games).items()
        }
        attempt.summary = {"games": len(games), "repeated": len(self.episodes) - len(games), "quantities": means}


def play_of(episode: Episode) -> Played | None:
    """Series and events of a recorded game; None where behaviour cannot be read from its game."""
    reader = game_behaviour(episode.recipe.game)
    if reader is None:
        return None
    return reader.read(episode.ram[:], episode.rewards, episode.lives, over=episode.end == "game over")


def _events(played: Played | None, step: int, task: str) -> pd.DataFrame:
    columns = {"step": np.int64(step), "episode": task}
    parts = [
        pd.DataFrame({**columns, "event": name, "decision": events.decisions, **events.facts})
        for name, events in (played.events if played else {}).items()
    ]
    empty = pd.DataFrame({"step": [], "episode": [], "event": [], "decision": []})
    return pd.concat([part for part in parts if len(part)] or [empty], ignore_index=True)


def _plain(value: np.ndarray) -> float | None:
    """For JSON, which knows no NaN."""
    return float(value) if isfinite(value) else None
