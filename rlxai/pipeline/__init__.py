"""Derived work: resumable tasks over a run, each skipping what is done."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlxai.pipeline.engine import Engine, Serial
    from rlxai.pipeline.episodes import EpisodeTask
    from rlxai.pipeline.explain import AttributionTask
    from rlxai.pipeline.ledger import LedgerTask
    from rlxai.pipeline.measure import measure_strategy
    from rlxai.pipeline.plan import StrategyPlan, plan_ledgers
    from rlxai.pipeline.strategy import StrategyTask, strategies, strategy_table
    from rlxai.pipeline.task import Task
    from rlxai.pipeline.workers import Pool

__all__ = [
    "AttributionTask",
    "Engine",
    "EpisodeTask",
    "LedgerTask",
    "Pool",
    "Serial",
    "StrategyPlan",
    "StrategyTask",
    "Task",
    "measure_strategy",
    "plan_ledgers",
    "strategies",
    "strategy_table",
]

# Imported on first use: a worker process starts in half the time when it imports what its task needs and no more.
_HOME = {
    "AttributionTask": "explain",
    "Engine": "engine",
    "EpisodeTask": "episodes",
    "LedgerTask": "ledger",
    "Pool": "workers",
    "Serial": "engine",
    "StrategyPlan": "plan",
    "StrategyTask": "strategy",
    "Task": "task",
    "measure_strategy": "measure",
    "plan_ledgers": "plan",
    "strategies": "strategy",
    "strategy_table": "strategy",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'rlxai.pipeline' has no attribute {name!r}")
    return getattr(import_module(f"rlxai.pipeline.{_HOME[name]}"), name)
