"""What clusters of relevance maps are about: named by objects and events, ranked as outliers, followed in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rlxai.errors import InvalidValue


@dataclass(frozen=True)
class Cluster:
    """One cluster in words and figures."""

    index: int
    size: int
    name: str
    """Objects and events that it coincides with most, or "unnamed"."""
    traits: dict[str, float]
    """Trait -> how many times its mean in the cluster is that of all maps."""
    separation: float
    """Fisher's discriminant ratio between the cluster and the rest in the spectral embedding, see `separation`."""
    candidate: bool
    """Small, and well apart: worth a look as a possible Clever Hans."""


_NAMED = 1.5
"""A trait names a cluster from this ratio on."""


def describe_clusters(
    labels: np.ndarray, spectral: np.ndarray, traits: Mapping[str, np.ndarray], *, small: float = 0.2
) -> list[Cluster]:
    """Name the clusters and mark candidates for Clever Hans.

    Lapuschkin et al. 2019 look at small, well separated clusters; Anders et al. 2022 (Inf. Fusion 77:261) rank them
    by Fisher's discriminant. Whether one is a Clever Hans, people and interventions decide.

    Args:
        labels: int (N,), 0 .. n - 1.
        spectral: float (N, d), the spectral embedding.
        traits: name -> float (N,) >= 0: the lift of an object, or 1 around an event and 0 elsewhere; NaN where it is
            not defined.
        small: a cluster of at most this share of all maps can be a candidate.
    """
    found = []
    for index in range(int(labels.max()) + 1):
        inside = labels == index
        ratios = {name: _ratio(values, inside) for name, values in traits.items()}
        ratios = dict(sorted(ratios.items(), key=lambda item: -item[1]))
        named = [name for name, ratio in ratios.items() if ratio >= _NAMED][:2]
        apart = separation(spectral, inside)
        found.append(
            Cluster(
                index,
                int(inside.sum()),
                " + ".join(named) or "unnamed",
                ratios,
                apart,
                candidate=bool(inside.mean() <= small and apart > 1),
            )
        )
    return found


def separation(points: np.ndarray, inside: np.ndarray) -> float:
    """Fisher's ratio along the line between the means, |m_1 - m_0|² / (s_1² + s_0²); 0 where one side is empty."""
    one, rest = points[inside], points[~inside]
    if not len(one) or not len(rest):
        return 0.0
    axis = one.mean(0) - rest.mean(0)
    spread = float((one @ axis).var() + (rest @ axis).var())
    return float((axis @ axis) ** 2 / max(spread, 1e-12))


def _ratio(values: np.ndarray, inside: np.ndarray) -> float:
    defined = np.isfinite(values)
    everywhere = values[defined].mean() if defined.any() else 0.0
    within = values[defined & inside]
    return float(within.mean() / everywhere) if len(within) and everywhere > 0 else 0.0


@dataclass(frozen=True)
class Passage:
    """What becomes of a cluster between two snapshots."""

    step: int
    kind: str
    """birth, death, merge."""
    clusters: tuple[int, ...]


def follow(labels: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of each cluster in each snapshot, for maps of all snapshots clustered together.

    Args:
        labels: int (N,).
        steps: int (N,), the training step of each map's snapshot.

    Returns:
        The distinct steps (S,), and shares (S, n) whose rows add up to 1.
    """
    distinct = np.unique(steps)
    counts = np.array([np.bincount(labels[steps == step], minlength=int(labels.max()) + 1) for step in distinct])
    return distinct, counts / counts.sum(1, keepdims=True)


def passages(steps: np.ndarray, shares: np.ndarray, *, present: float = 0.05) -> list[Passage]:
    """Births, deaths and merges, from the shares of clusters over snapshots.

    A cluster is born at the first snapshot in which it has at least `present` of the maps, and dies after the last.
    Clusters merge where one dies as another grows by at least as much as the dying one had.

    Args:
        steps: int (S,), ascending.
        shares: float (S, n).
        present: share from which a cluster counts as there.

    Raises:
        InvalidValue: `present` is not between 0 and 1.
    """
    if not 0 < present < 1:
        raise InvalidValue(f"present must be above 0 and below 1, met {present!r}")
    found = []
    for cluster in range(shares.shape[1]):
        there = np.flatnonzero(shares[:, cluster] >= present)
        if not len(there):
            continue
        if there[0] > 0:
            found.append(Passage(int(steps[there[0]]), "birth", (cluster,)))
        if there[-1] < len(steps) - 1:
            after = there[-1] + 1
            lost = shares[there[-1], cluster] - shares[after, cluster]
            growth = shares[after] - shares[there[-1]]
            heir = int(growth.argmax())
            merged = growth[heir] >= lost * (1 - 1e-9) and shares[there[-1], heir] >= present
            kind, clusters = ("merge", (cluster, heir)) if merged else ("death", (cluster,))
            found.append(Passage(int(steps[after]), kind, clusters))
    return sorted(found, key=lambda passage: (passage.step, passage.kind, passage.clusters))
