"""Derived work: resumable tasks over a run, each skipping what is done."""

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
