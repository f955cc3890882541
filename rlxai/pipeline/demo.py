"""The demonstration: everything the pipeline does, on the shipped series, in a minute or two."""

from __future__ import annotations

from pathlib import Path

from rlxai.pipeline import workflow
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.strategy.measure import measure_strategy
from rlxai.pipeline.strategy.plan import StrategyPlan
from rlxai.resources import data_dir
from rlxai.store import Commit, Run

SERIES = "breakout-dqn"
METHODS = ("lrp-epsilon-plus-flat", "gradient-x-input", "grad-cam")
PLAN = StrategyPlan(games=1, states=192, randoms=3, clusters=32, edits=24, rollouts=0, events=0, units=0)
SEED = 1
"""Of the games: the best snapshot opens a tunnel in this one (235 points in 892 decisions)."""
MAX_DECISIONS = 1000
"""Games are cut there, to keep to the minute."""


def demonstrate(out: Path, engine: Engine, report: Report) -> tuple[Run, Commit]:
    """Copy the shipped series to `out`, let every snapshot play, explain two of them, measure all.

    Returns:
        The run and its strategy result.
    """
    run = workflow.copy_series(data_dir("checkpoints") / SERIES, out)
    workflow.record_games(run, run.snapshots(), engine, report, seed=SEED, max_decisions=MAX_DECISIONS)
    episode = workflow.best_episode(run)
    panels = workflow.default_panels(run, episode)
    workflow.explain_episode(run, episode, panels, engine, report, method_names=METHODS, targets=("advantage",))
    return run, measure_strategy(run, engine, report, PLAN)
