"""Networks as rlxai explains them: architectures, snapshots, and the safe loading of files from elsewhere."""

from rlxai.networks.agent import Agent, Outputs
from rlxai.networks.architecture import ARCHITECTURES, build, describe, dueling, gap, nature, nips
from rlxai.networks.heads import DuelingHead, QuantileMean, fold_head
from rlxai.networks.load import load_agent
from rlxai.networks.sb3 import agent_from_policy
from rlxai.networks.snapshot import list_snapshots, read_snapshot, snapshot_meta, write_snapshot

__all__ = [
    "ARCHITECTURES",
    "Agent",
    "DuelingHead",
    "Outputs",
    "QuantileMean",
    "agent_from_policy",
    "build",
    "describe",
    "dueling",
    "fold_head",
    "gap",
    "list_snapshots",
    "load_agent",
    "nature",
    "nips",
    "read_snapshot",
    "snapshot_meta",
    "write_snapshot",
]
