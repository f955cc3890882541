"""Maps as points in the plane, to look at. Distances and sizes of groups in such pictures are no evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.manifold import TSNE

from rlxai.errors import InvalidValue

CAUTION = "Distances between groups and their sizes mean nothing in this picture; clusters were found without it."


def tsne(points: np.ndarray, *, perplexity: float = 30.0, seed: int = 0) -> np.ndarray:
    """t-SNE (van der Maaten & Hinton 2008), started from the first two principal components.

    Args:
        points: float (N, D).
        perplexity: effective number of neighbours; at most a third of N is used.
        seed: of what is left to chance.

    Returns:
        float32 (N, 2).
    """
    effective = min(perplexity, max(1.0, (len(points) - 1) / 3))
    found = TSNE(perplexity=effective, init="pca", random_state=seed).fit_transform(points)
    return np.asarray(found, np.float32)


def umap(points: np.ndarray, *, neighbours: int = 15, seed: int = 0) -> np.ndarray:
    """UMAP (McInnes et al. 2018), float32 (N, 2).

    Raises:
        InvalidValue: umap-learn is not installed.
    """
    require("umap")
    from umap import UMAP

    reducer: Any = UMAP(n_neighbors=min(neighbours, len(points) - 1), random_state=seed, n_jobs=1)
    return np.asarray(reducer.fit_transform(points), np.float32)


EMBEDDINGS: Mapping[str, tuple[str, Callable[..., np.ndarray]]] = {"tsne": ("t-SNE", tsne), "umap": ("UMAP", umap)}
"""Name -> (name in writing, points (N, D) and seed -> float32 (N, 2))."""


def require(embedding: str) -> None:
    """Refuse an embedding that cannot be made here.

    Raises:
        InvalidValue: it is unknown, or its library is not installed.
    """
    if embedding not in EMBEDDINGS:
        raise InvalidValue(f"there is no embedding {embedding!r}; allowed: {', '.join(EMBEDDINGS)}")
    if embedding == "umap" and find_spec("umap") is None:
        raise InvalidValue("a UMAP embedding needs umap-learn; install it with: pip install 'rlxai[umap]'")
