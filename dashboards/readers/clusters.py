"""Clusterings of relevance maps (SpRAy), as the Clusters page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboards.readers.arrays import read_array
from rlxai.store import Commit, Run
from rlxai.store.readable import read_table, readable
from rlxai.strategy.claims.moments import Moment


@dataclass(frozen=True, eq=False)
class Clustering:
    """One clustering with all that is drawn of it."""

    method: str
    target: str
    states: str
    maps: pd.DataFrame
    """One row per map: step, episode, decision, cluster, x, y, and one column per trait."""
    means: np.ndarray
    """float32 (n, H, W): mean of the maps of each cluster, each divided by its own sum of magnitudes."""
    eigenvalues: np.ndarray
    clusters: list[dict[str, Any]]
    """index, size, name, traits, separation, candidate of each."""
    shares: pd.DataFrame
    """Columns step, cluster, share."""
    passages: list[dict[str, Any]]


def clusterings(run: Run) -> tuple[dict[str, Commit], list[str]]:
    """By what was clustered, in words, the last clustering of each; those of several snapshots first."""
    commits, problems = readable(run, "spray")
    ordered = sorted(commits, key=lambda commit: -len(commit.spec["snapshots"]))  # stable: the last computed first
    found: dict[str, Commit] = {}
    for commit in ordered:
        found.setdefault(_words(commit), commit)
    return found, problems


def read_clustering(commit: Commit) -> Clustering:
    """A clustering with its maps.

    Raises:
        RunError: a file of it is missing or damaged.
    """
    spec, summary = commit.spec, commit.summary
    shares = pd.DataFrame(
        [
            {"step": step, "cluster": cluster, "share": share}
            for step, row in zip(summary["steps"], summary["shares"], strict=True)
            for cluster, share in enumerate(row)
        ]
    )
    return Clustering(
        spec["method"], spec["target"], spec["states"], read_table(commit, "maps.parquet"),
        np.asarray(read_array(commit, "means.npy", dims=3, length=len(summary["clusters"])), np.float32),
        np.array(summary["eigenvalues"]), summary["clusters"], shares, summary["passages"],
    )  # fmt: skip


def exemplars(maps: pd.DataFrame, count: int) -> list[Moment]:
    """Up to `count` maps in the order of decisions, from as many games as there are, evenly chosen among all.

    Args:
        maps: rows of `Clustering.maps`.
        count: how many at most.
    """
    ordered = maps.sort_values(["episode", "step", "decision"], kind="stable")
    places = np.unique(np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(int))
    return [
        Moment("", int(row.step), str(row.episode), int(row.decision), float(row.cluster))  # type: ignore[arg-type]
        for row in ordered.iloc[places].itertuples()
    ]


def cluster_name(cluster: dict[str, Any]) -> str:
    """A cluster in a few words."""
    return f"{cluster['index']}: {cluster['name']}"


def _words(commit: Commit) -> str:
    steps = [step for step, _ in commit.spec["snapshots"]]
    of = f"step {steps[0]:,} alone" if len(steps) == 1 else f"all {len(steps)} snapshots"
    return f"{of}, {commit.spec['states']} states · {commit.spec['target']} by {commit.spec['method']}"
