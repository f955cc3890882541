"""Derived work: resumable tasks over a run, each skipping what is done."""

from rlxai.pipeline.engine import Engine, Serial
from rlxai.pipeline.episodes import EpisodeTask
from rlxai.pipeline.explain import AttributionTask
from rlxai.pipeline.ledger import LedgerTask
from rlxai.pipeline.scores import Scores, scores
from rlxai.pipeline.strategy import LedgerPlan, StrategyTask, plan_ledgers, strategies, strategy_table
from rlxai.pipeline.task import Task
from rlxai.pipeline.workers import Pool

__all__ = [
    "AttributionTask",
    "Engine",
    "EpisodeTask",
    "LedgerPlan",
    "LedgerTask",
    "Pool",
    "Scores",
    "Serial",
    "StrategyTask",
    "Task",
    "plan_ledgers",
    "scores",
    "strategies",
    "strategy_table",
]
