"""Runs and agents that tests of several rooms share; all real, all small."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from rlxai.networks import Agent, nips, write_snapshot
from rlxai.pipeline.demo import SERIES
from rlxai.resources import data_dir
from rlxai.store import Run, open_run

BREAKOUT_ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")


@pytest.fixture(scope="session")
def shipped_series() -> Run:
    """The series in checkpoints/, as a run; read only."""
    return open_run(data_dir("checkpoints") / SERIES)


@pytest.fixture(scope="session")
def shipped_agent(shipped_series: Run) -> Agent:
    """The shipped snapshot with the best evaluation."""
    best = max(shipped_series.snapshots(), key=lambda snapshot: snapshot.meta["provenance"]["evaluation"]["mean"])
    return best.load()


@pytest.fixture(scope="session")
def untrained() -> Callable[..., Agent]:
    """A factory of small agents with weights from a seed."""

    def make(seed: int, step: int | None = None, game: str = "breakout") -> Agent:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return Agent(nips(4, 4), BREAKOUT_ACTIONS, game=game, step=step)

    return make


@pytest.fixture
def make_run(tmp_path: Path, untrained: Callable[..., Agent]) -> Callable[[str], Run]:
    """A factory of runs with two untrained snapshots each."""

    def make(name: str) -> Run:
        agents = [untrained(seed, step) for seed, step in ((0, 0), (1, 1000))]
        info = {
            "game": "breakout", "actions": list(BREAKOUT_ACTIONS),
            "preprocessing": agents[0].preprocessing.to_dict(), "recipe": None, "provenance": {},
        }  # fmt: skip
        run = Run.create(tmp_path / name, info)
        for agent in agents:
            write_snapshot(agent, run.snapshots_folder)
        return run

    return make


@pytest.fixture
def generator() -> np.random.Generator:
    """Seeded, so that a failure can be repeated."""
    return np.random.default_rng(0)
