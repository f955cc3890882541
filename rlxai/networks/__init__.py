"""Networks as rlxai explains them: architectures, snapshots, and the safe loading of files from elsewhere."""

from rlxai.networks.agent import Agent, Outputs
from rlxai.networks.architecture import ARCHITECTURES, QuantileMean, build, describe, fold_quantiles, gap, nature, nips
from rlxai.networks.load import load_agent
from rlxai.networks.sb3 import agent_from_policy
from rlxai.networks.snapshot import list_snapshots, read_snapshot, snapshot_meta, write_snapshot

__all__ = [
    "ARCHITECTURES",
    "Agent",
    "Outputs",
    "QuantileMean",
    "agent_from_policy",
    "build",
    "describe",
    "fold_quantiles",
    "gap",
    "list_snapshots",
    "load_agent",
    "nature",
    "nips",
    "read_snapshot",
    "snapshot_meta",
    "write_snapshot",
]
