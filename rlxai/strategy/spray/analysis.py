"""Spectral relevance analysis (SpRAy): which different things an agent looks at, by clustering its relevance maps.

Lapuschkin et al. 2019, "Unmasking Clever Hans predictors" (Nat. Commun. 10:1096), method section:

    maps pooled to few cells -> k nearest neighbours -> affinity w_ij -> L = I - D^-1/2 W D^-1/2 -> eigenvalues
    λ_1 <= λ_2 <= ...; a gap after λ_n says that there are n clusters -> rows of the first n eigenvectors -> k-means

Maps are divided by their own Σ|R| first, so that frames are alike if relevance is in the same places, however strong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array
from scipy.sparse.linalg import eigsh
from sklearn.cluster import KMeans
from sklearn.neighbors import kneighbors_graph

from rlxai.errors import InvalidValue

_DENSE = 1500
"""Frames up to which all eigenvalues are computed; beyond, the smallest ones are iterated for."""


@dataclass(frozen=True)
class Clustering:
    """The clusters of N relevance maps.

    Attributes:
        labels: int (N,), cluster of each map; 0 is the largest cluster.
        eigenvalues: float64 (M,), the smallest ones of the normalised Laplacian, ascending, in [0, 2].
        spectral: float64 (N, n), rows of the first n eigenvectors, each of length 1 (Ng et al. 2001).
        affinity: the symmetric k-nearest-neighbour graph, sparse (N, N), entries 0 and 1.
    """

    labels: np.ndarray
    eigenvalues: np.ndarray
    spectral: np.ndarray
    affinity: csr_array

    @property
    def count(self) -> int:
        """Number of clusters n."""
        return int(self.labels.max()) + 1


def pooled(relevance: np.ndarray, cells: int = 21) -> np.ndarray:
    """Maps as points: the stack summed, averaged over blocks, divided by their own Σ|R|.

    Args:
        relevance: (N, C, H, W), raw and signed.
        cells: blocks along each side; H and W are cut to multiples of it.

    Returns:
        float32 (N, cells²); zero for a map without relevance.

    Raises:
        InvalidValue: `cells` is not between 1 and the smaller side.
    """
    n, _, height, width = relevance.shape
    if not 1 <= cells <= min(height, width):
        raise InvalidValue(f"cells must be 1 to the map's side, {min(height, width)}; met {cells}")
    rows, columns = height // cells, width // cells
    drawn = relevance.sum(1)[:, : cells * rows, : cells * columns]  # (N, h, w)
    blocks = drawn.reshape(n, cells, rows, cells, columns).mean((2, 4)).reshape(n, -1)  # (N, cells²)
    total = np.abs(blocks).sum(1, keepdims=True)
    shares: np.ndarray = np.divide(blocks, total, out=np.zeros_like(blocks), where=total > 0)
    return shares.astype(np.float32)


def spray(points: np.ndarray, *, neighbours: int | None = None, clusters: int | None = None, most: int = 12,
          seed: int = 0) -> Clustering:  # fmt: skip
    """Cluster maps.

    Args:
        points: float (N, D), see `pooled`.
        neighbours: k of the graph; default: 2 ln N, at least 5.
        clusters: how many; default: where the largest gap between successive eigenvalues is.
        most: largest number of clusters that is looked for.
        seed: of k-means.

    Raises:
        InvalidValue: there are fewer than 8 maps, or a number is outside its domain.
    """
    n = len(points)
    if n < 8:
        raise InvalidValue(f"clustering needs at least 8 maps, met {n}")
    k = max(5, round(2 * np.log(n))) if neighbours is None else neighbours
    if not 1 <= k < n:
        raise InvalidValue(f"neighbours must be 1 to {n - 1} for {n} maps, met {k}")
    most = min(most, n - 2)
    if clusters is not None and not 1 <= clusters <= most:
        raise InvalidValue(f"clusters must be 1 to {most}, met {clusters}")
    affinity = neighbour_graph(points, k)
    eigenvalues, vectors = laplacian_spectrum(affinity, most + 1)
    count = eigengap(eigenvalues) if clusters is None else clusters
    spectral = vectors[:, :count]
    spectral = spectral / np.maximum(np.linalg.norm(spectral, axis=1, keepdims=True), 1e-12)
    found = KMeans(count, n_init=10, random_state=seed).fit_predict(spectral)
    order = np.argsort(-np.bincount(found, minlength=count), kind="stable")
    labels = np.argsort(order)[found]
    return Clustering(labels, eigenvalues, spectral, affinity)


def neighbour_graph(points: np.ndarray, neighbours: int) -> csr_array:
    """w_ij = 1 where i is among the nearest neighbours of j, or j among those of i (Euclidean distance)."""
    graph = csr_array(kneighbors_graph(points, neighbours))
    return graph.maximum(graph.T).tocsr()


def laplacian_spectrum(affinity: csr_array, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The smallest eigenvalues of L = I - D^-1/2 W D^-1/2, ascending, and their eigenvectors (N, count)."""
    scale = diags_array(1 / np.sqrt(affinity.sum(1)))
    n = affinity.shape[0]
    if n <= _DENSE:
        values, vectors = np.linalg.eigh((eye_array(n) - scale @ affinity @ scale).toarray())
        values, vectors = values[:count], vectors[:, :count]
    else:
        # The largest of 2I - L are found far sooner than the smallest of L. A fixed start makes it repeatable.
        values, vectors = eigsh(
            eye_array(n) + scale @ affinity @ scale, count, which="LA", v0=np.full(n, n**-0.5), tol=1e-9
        )
        order = np.argsort(-values)
        values, vectors = 2 - values[order], vectors[:, order]
    sign = np.sign(vectors[np.abs(vectors).argmax(0), range(count)])  # an eigenvector's sign is arbitrary
    return np.clip(values, 0, 2), vectors * sign


def eigengap(eigenvalues: np.ndarray) -> int:
    """Number of clusters n for which λ_{n+1} - λ_n is largest (von Luxburg 2007, Stat. Comput. 17:395, section 8.3)."""
    return int(np.diff(eigenvalues).argmax()) + 1
