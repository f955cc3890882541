"""Which cluster of relevance maps each decision of an episode belongs to, where one was computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlxai.errors import RunError
from rlxai.store import Commit, Run
from rlxai.store.readable import newest


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of the decisions of one episode."""

    labels: np.ndarray
    """float32 (T,): index of the cluster; NaN for decisions whose maps were not clustered."""
    names: tuple[str, ...]
    candidates: tuple[bool, ...]
    """Small and well apart: worth a look."""
    of: str
    """What the clustered maps are, in words."""


def clusters_of(run: Run, attribution: Commit, decisions: int) -> Clusters | None:
    """Clusters that hold maps of this attribution's snapshot and episode; None where there are none.

    Clusters of the same method and target come first, then those of most snapshots together, so that panels can be
    compared, then the newest. Results that cannot be read are passed over.

    Args:
        run: the run.
        attribution: whose decisions are asked for.
        decisions: T.
    """
    spec = attribution.spec

    def fit(commit: Commit) -> tuple[bool, int]:
        same = all(commit.spec.get(key) == spec[key] for key in ("method", "target"))
        return same, len(commit.spec["snapshots"])

    holding = [commit for commit in newest(run, "spray") if _holds(commit, spec["step"], spec["episode"])]
    for commit in sorted(holding, key=fit, reverse=True):  # stable: the newest of equals stays first
        try:
            return _read(commit, int(spec["step"]), str(spec["episode"]), decisions)
        except (RunError, OSError, ValueError, KeyError, IndexError):
            continue
    return None


def _holds(commit: Commit, step: int, episode: str) -> bool:
    pairs = zip(commit.spec["snapshots"], commit.spec["selections"], strict=True)
    return any(number == step and any(task == episode for task, _ in chosen) for (number, _), chosen in pairs)


def _read(commit: Commit, step: int, episode: str, decisions: int) -> Clusters:
    table = pd.read_parquet(commit.folder / "maps.parquet", columns=["step", "episode", "decision", "cluster"])
    mine = table[(table.step == step) & (table.episode == episode)]
    labels = np.full(decisions, np.nan, np.float32)
    labels[mine.decision.to_numpy(int)] = mine.cluster.to_numpy(np.float32)
    found = commit.summary["clusters"]
    return Clusters(
        labels,
        tuple(str(cluster["name"]) for cluster in found),
        tuple(bool(cluster["candidate"]) for cluster in found),
        f"{commit.spec['method']} of {commit.spec['target']}",
    )
