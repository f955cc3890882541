"""Derived work: resumable tasks over a run, each skipping what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlxai.lazy import on_first_use

if TYPE_CHECKING:
    from rlxai.pipeline.engines.engine import Engine, Serial, quiet
    from rlxai.pipeline.engines.workers import Pool
    from rlxai.pipeline.episodes import EpisodeTask
    from rlxai.pipeline.explain import AttributionTask
    from rlxai.pipeline.strategy.join import StrategyTask, strategies, strategy_table
    from rlxai.pipeline.strategy.ledger import LedgerTask
    from rlxai.pipeline.strategy.measure import measure_strategy
    from rlxai.pipeline.strategy.plan import StrategyPlan, plan_ledgers
    from rlxai.pipeline.task import Task

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
    "quiet",
    "strategies",
    "strategy_table",
]

# Imported on first use: a worker process starts in half the time when it imports what its task needs and no more.
__getattr__ = on_first_use(
    __name__,
    {
        "AttributionTask": "rlxai.pipeline.explain",
        "Engine": "rlxai.pipeline.engines.engine",
        "EpisodeTask": "rlxai.pipeline.episodes",
        "LedgerTask": "rlxai.pipeline.strategy.ledger",
        "Pool": "rlxai.pipeline.engines.workers",
        "Serial": "rlxai.pipeline.engines.engine",
        "StrategyPlan": "rlxai.pipeline.strategy.plan",
        "StrategyTask": "rlxai.pipeline.strategy.join",
        "Task": "rlxai.pipeline.task",
        "measure_strategy": "rlxai.pipeline.strategy.measure",
        "plan_ledgers": "rlxai.pipeline.strategy.plan",
        "quiet": "rlxai.pipeline.engines.engine",
        "strategies": "rlxai.pipeline.strategy.join",
        "strategy_table": "rlxai.pipeline.strategy.join",
    },
)
