"""What strategy is it, against which null model, and is the story true: ledgers, controls, claims."""

from rlxai.strategy.claims.claim import Claim, Evidence, builtin_claims, read_claim
from rlxai.strategy.claims.regression import assert_strategy
from rlxai.strategy.controls import random_agent, shifted, shuffled
from rlxai.strategy.ledger import Ledger, Summary, concatenate, ledger, summarise

__all__ = [
    "Claim",
    "Evidence",
    "Ledger",
    "Summary",
    "assert_strategy",
    "builtin_claims",
    "concatenate",
    "ledger",
    "random_agent",
    "read_claim",
    "shifted",
    "shuffled",
    "summarise",
]
