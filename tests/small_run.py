"""Real but small runs: two untrained snapshots, and for replay, dashboard and browser one short game of theirs."""

from __future__ import annotations

from pathlib import Path

import torch

from rlxai.networks import Agent, nips, write_snapshot
from rlxai.pipeline import Serial, StrategyPlan, measure_strategy, quiet, workflow
from rlxai.store import Run

ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")
METHODS = ("gradient-x-input", "grad-cam")
STEPS = (0, 1000)
DECISIONS = 140
"""Three chunks, the last one short."""
SMALL_PLAN = StrategyPlan(
    method="gradient-x-input",
    games=1,
    states=8,
    scripts=1,
    randoms=2,
    shifts=1,
    clusters=0,
    edits=0,
    rollouts=0,
    events=0,
    units=0,
)


def untrained_agent(seed: int, step: int | None = None, game: str = "breakout") -> Agent:
    """A small agent with weights from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Agent(nips(4, 4), ACTIONS, game=game, step=step)


def build_bare_run(folder: Path) -> Run:
    """Two untrained snapshots and nothing else."""
    agents = [untrained_agent(step, step) for step in STEPS]
    info = {
        "game": "breakout", "actions": list(ACTIONS), "preprocessing": agents[0].preprocessing.to_dict(),
        "recipe": None, "provenance": {},
    }  # fmt: skip
    run = Run.create(folder, info)
    for agent in agents:
        write_snapshot(agent, run.snapshots_folder)
    return run


def build_small_run(folder: Path, *, explain: bool = True, strategy: bool = False) -> Run:
    """Snapshots and one recorded game; explained by both snapshots and measured, where asked for."""
    run = build_bare_run(folder)
    first, last = run.snapshots()
    (episode,) = workflow.record_games(run, [last], Serial(), quiet, max_decisions=DECISIONS, epsilon=0.5)
    if explain:
        workflow.explain_episode(
            run, episode, [first, last], Serial(), quiet, method_names=METHODS, targets=("advantage",)
        )
    if strategy:
        measure_strategy(run, Serial(), quiet, SMALL_PLAN)
    return run
