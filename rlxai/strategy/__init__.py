"""What strategy is it, and against which null model: object ledgers and their controls."""

from rlxai.strategy.controls import random_agent, shifted, shuffled
from rlxai.strategy.ledger import Ledger, Summary, concatenate, ledger, summarise

__all__ = ["Ledger", "Summary", "concatenate", "ledger", "random_agent", "shifted", "shuffled", "summarise"]
