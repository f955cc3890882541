"""A layer's activations as points in the plane, several ways, each with how far neighbours can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from sklearn.manifold import trustworthiness

from rlxai.strategy.spray.embedding import tsne, umap

NEIGHBOURS = 12
"""Over which trustworthiness is measured."""
_KEPT = 50
"""Principal components that t-SNE and UMAP start from, as van der Maaten and Hinton 2008 did."""


@dataclass(frozen=True, eq=False)
class Plane:
    """One embedding."""

    name: str
    """pca, tsne-<perplexity> or umap."""
    title: str
    points: np.ndarray
    """float32 (N, 2)."""
    trust: float
    """Trustworthiness (Venna and Kaski 2001) over `NEIGHBOURS`: 1 where all neighbours in the plane are neighbours."""


def has_umap() -> bool:
    """Whether umap-learn is installed."""
    return find_spec("umap") is not None


def principal_components(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Projections on the directions of largest variance, and the share of the variance of each.

    Args:
        points: float (N, D).
        count: of components, at most min(N, D).

    Returns:
        float64 (N, count), each with the sign that makes its longest entry of the direction positive; and (count,).
    """
    centred = points.astype(np.float64) - points.mean(0, dtype=np.float64)
    left, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    sign = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(1)])
    total = float((sizes**2).sum()) or 1.0
    return (left * sizes * sign)[:, :count], (sizes**2 / total)[:count]


def planes(points: np.ndarray, perplexities: Sequence[float], seed: int, *, with_umap: bool) -> list[Plane]:
    """PCA, t-SNE at several perplexities, and UMAP where it is asked for.

    What several perplexities agree on is not an artefact of one; distances between groups and sizes of groups are no
    evidence in any (Wattenberg, Viégas and Johnson 2016, doi 10.23915/distill.00002).

    Args:
        points: float (N, D).
        perplexities: of t-SNE; at most a third of N is used.
        seed: of what is left to chance.
        with_umap: needs umap-learn, see `has_umap`.

    Raises:
        InvalidValue: UMAP is asked for and umap-learn is not installed.
    """
    components, shares = principal_components(points, _KEPT)
    kept = components.astype(np.float32)
    first = f"PCA ({shares[:2].sum():.0%} of the variance)"
    found = [("pca", first, kept[:, :2])]
    found += [(f"tsne-{p:g}", f"t-SNE, perplexity {p:g}", tsne(kept, perplexity=p, seed=seed)) for p in perplexities]
    if with_umap:
        found.append(("umap", "UMAP", umap(kept, seed=seed)))
    near = min(NEIGHBOURS, (len(points) - 1) // 2)
    return [
        Plane(name, title, plane, float(trustworthiness(kept, plane, n_neighbors=near))) for name, title, plane in found
    ]
