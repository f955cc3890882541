"""What the benchmarks and the pictures look at: the best shipped agent, and states of the demo's game."""

from __future__ import annotations

import numpy as np

import rlxai
from rlxai.episodes import Episode
from rlxai.networks import Agent
from rlxai.pipeline.demo import SEED, SERIES
from rlxai.resources import data_dir
from rlxai.store import SnapshotRef, open_run


def snapshots() -> list[SnapshotRef]:
    """The shipped series."""
    return open_run(data_dir("checkpoints") / SERIES).snapshots()


def best_agent() -> Agent:
    """The shipped snapshot with the best evaluation."""
    return max(snapshots(), key=lambda snapshot: float(snapshot.meta["provenance"]["evaluation"]["mean"])).load()


def game(agent: Agent, decisions: int) -> Episode:
    """The first decisions of the demo's game."""
    return rlxai.record(agent, seed=SEED, max_decisions=decisions)


def batch(agent: Agent, size: int, decisions: int = 400) -> np.ndarray:
    """Observations uint8 (size, C, H, W), spread over the first `decisions` of the game."""
    episode = game(agent, decisions)
    return episode.observations(np.linspace(10, episode.decisions - 1, size).astype(int))
