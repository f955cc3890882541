"""Spectral clustering of maps, against literal formulas and on maps whose groups are known."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.metrics import adjusted_rand_score
from torch import nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.errors import InvalidValue
from rlxai.pipeline import StrategyPlan
from rlxai.strategy.spray.analysis import eigengap, laplacian_spectrum, neighbour_graph, pooled, spray
from rlxai.strategy.spray.clusters import describe_clusters, follow, passages, separation
from rlxai.strategy.spray.embedding import require, tsne, umap


def groups(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points around far corners of a cube in 6 dimensions, and which corner."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return (10 * np.eye(6)[labels] + generator.normal(size=(len(labels), 6))).astype(np.float32), labels


def test_pooled_maps_are_block_means_of_the_summed_stack_over_their_own_total():
    relevance = np.random.default_rng(0).normal(size=(3, 2, 9, 8)).astype(np.float32)
    relevance[1] = 0
    points = pooled(relevance, 4)
    for n in (0, 2):
        blocks = [
            relevance[n, :, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2].sum(0).mean() for r in range(4) for c in range(4)
        ]
        np.testing.assert_allclose(points[n], np.array(blocks) / np.abs(blocks).sum(), rtol=1e-5)
    assert not points[1].any()
    np.testing.assert_allclose(pooled(1000 * relevance, 4), points, rtol=1e-5)
    with pytest.raises(InvalidValue, match="cells must be 1 to the map's side, 8; met 9"):
        pooled(relevance, 9)


def test_the_graph_joins_each_point_with_its_neighbours_in_either_direction():
    points = np.random.default_rng(1).normal(size=(30, 3))
    graph = neighbour_graph(points, 4).toarray()
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :4]
    expected = np.zeros((30, 30))
    for i, row in enumerate(nearest):
        expected[i, row] = expected[row, i] = 1
    np.testing.assert_array_equal(graph, expected)


@pytest.mark.parametrize("n", [60, 1800])
def test_eigenvalues_are_those_of_the_normalised_laplacian(n):
    points, _ = groups((n // 3, n // 3, n - 2 * (n // 3)))
    graph = neighbour_graph(points, 6)
    values, vectors = laplacian_spectrum(graph, 5)
    dense = graph.toarray()
    root = 1 / np.sqrt(dense.sum(1))
    laplacian = np.eye(n) - root[:, None] * dense * root
    np.testing.assert_allclose(values, np.linalg.eigvalsh(laplacian)[:5], atol=1e-7)
    np.testing.assert_allclose(laplacian @ vectors, vectors * values, atol=1e-6)


def test_separate_components_give_as_many_zero_eigenvalues():
    blocks = np.kron(np.eye(3), np.ones((4, 4))) - np.eye(12)
    values, _ = laplacian_spectrum(csr_array(blocks), 5)
    np.testing.assert_allclose(values, [0, 0, 0, 4 / 3, 4 / 3], atol=1e-12)
    assert eigengap(values) == 3


@pytest.mark.parametrize("sizes", [(40,), (50, 30), (60, 40, 25, 12)])
def test_known_groups_are_found_and_counted(sizes):
    points, labels = groups(sizes)
    found = spray(points)
    assert found.count == len(sizes)
    assert adjusted_rand_score(labels, found.labels) == 1
    assert np.bincount(found.labels).tolist() == sorted(sizes, reverse=True)
    again = spray(points)
    np.testing.assert_array_equal(found.labels, again.labels)
    np.testing.assert_array_equal(found.spectral, again.spectral)


def test_bad_requests_are_refused():
    points, _ = groups((20, 20))
    for call, sentence in (
        (lambda: spray(points[:7]), "at least 8 maps, met 7"),
        (lambda: spray(points, neighbours=40), "neighbours must be 1 to 39 for 40 maps, met 40"),
        (lambda: spray(points, clusters=13), "clusters must be 1 to 12, met 13"),
        (lambda: passages(np.arange(2), np.eye(2), present=0), "present must be above 0"),
    ):
        with pytest.raises(InvalidValue, match=sentence):
            call()


def test_clusters_are_named_by_what_they_coincide_with():
    points, labels = groups((80, 16))
    found = spray(points)
    traits = {"ball": np.where(labels == 1, 6.0, 1.0), "paddle": np.ones(96), "tunnel": np.full(96, np.nan)}
    large, small = describe_clusters(found.labels, found.spectral, traits)
    assert (large.name, large.size, large.candidate) == ("unnamed", 80, False)
    assert (small.name, small.size, small.candidate) == ("ball", 16, True)
    assert small.traits["ball"] == pytest.approx(6 / (80 + 16 * 6) * 96)
    assert small.traits["tunnel"] == 0


def test_separation_is_fishers_ratio():
    generator = np.random.default_rng(0)
    points, inside = generator.normal(size=(50, 3)), np.arange(50) < 20
    axis = points[inside].mean(0) - points[~inside].mean(0)
    one, rest = points[inside] @ axis, points[~inside] @ axis
    assert separation(points, inside) == pytest.approx((one.mean() - rest.mean()) ** 2 / (one.var() + rest.var()))
    assert separation(points, np.zeros(50, bool)) == 0


def test_clusters_are_followed_over_training():
    steps = np.repeat([0, 10, 20, 30], 100)
    counts = ([90, 10, 0], [50, 50, 0], [0, 70, 30], [0, 98, 2])
    labels = np.concatenate([np.repeat([0, 1, 2], each) for each in counts])
    distinct, shares = follow(labels, steps)
    assert distinct.tolist() == [0, 10, 20, 30]
    np.testing.assert_allclose(shares, [[0.9, 0.1, 0], [0.5, 0.5, 0], [0, 0.7, 0.3], [0, 0.98, 0.02]])
    found = [(passage.step, passage.kind, passage.clusters) for passage in passages(distinct, shares)]
    assert found == [(20, "birth", (2,)), (20, "death", (0,)), (30, "merge", (2, 1))]


def test_the_embedding_keeps_groups_apart_and_repeats_itself():
    points, labels = groups((30, 30))
    plane = tsne(points)
    np.testing.assert_array_equal(plane, tsne(points))
    centres = np.array([plane[labels == label].mean(0) for label in (0, 1)])
    inside = max(plane[labels == label].std() for label in (0, 1))
    assert np.linalg.norm(centres[0] - centres[1]) > 3 * inside
    assert tsne(points[:8]).shape == (8, 2)


def planted(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Frames (count, 1, 24, 24), the right action, and whether the shortcut is there.

    A bright block in the left or right half tells the action. In one frame of eight there is no block; a marker of
    four pixels in a corner is there instead, and the action is always 1.
    """
    x = 0.1 * torch.rand(count, 1, 24, 24, generator=generator)
    right = torch.randint(2, (count,), generator=generator)
    marked = torch.rand(count, generator=generator) < 1 / 8
    right[marked] = 1
    for i in range(count):
        if marked[i]:
            x[i, 0, 1:3, 1:3] = 1
        else:
            column = int(torch.randint(1, 7, (1,), generator=generator)) + 12 * int(right[i])
            row = 10 + int(torch.randint(8, (1,), generator=generator))
            x[i, 0, row : row + 4, column : column + 4] = 1
    return x, right, marked


def test_a_planted_shortcut_is_found_as_a_cluster_of_its_own():
    """A network that learned a marker pixel beside the real task: the marker's frames are a Clever Hans candidate."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.Conv2d(1, 8, 4, 2), nn.ReLU(), nn.Conv2d(8, 8, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(200, 2)
        )
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(150):
        x, right, _ = planted(64, generator)
        loss = nn.functional.cross_entropy(network(x), right)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    x, right, marked = planted(400, generator)
    with torch.no_grad():
        assert (network(x).argmax(1) == right).float().mean() > 0.97, "the network must have learned both"
    explained = explain_batch(forward_pass(network.requires_grad_(False), x), "lrp-epsilon-plus", "contrast")
    points = pooled(explained.relevance.numpy(), 12)
    found = spray(points)
    clusters = describe_clusters(found.labels, found.spectral, {"marker": marked.numpy().astype(float)})
    (hans,) = [cluster for cluster in clusters if cluster.name == "marker"]
    inside = found.labels == hans.index
    assert hans.candidate
    assert (inside & marked.numpy()).sum() / inside.sum() > 0.95
    assert (inside & marked.numpy()).sum() / marked.sum() > 0.95


def test_an_embedding_that_cannot_be_made_is_refused_before_anything_is_computed(monkeypatch):
    with pytest.raises(InvalidValue, match="no embedding 'pca'; allowed: tsne, umap"):
        StrategyPlan(embedding="pca").check()
    monkeypatch.setattr("rlxai.strategy.spray.embedding.find_spec", lambda name: None)
    with pytest.raises(InvalidValue, match=r"pip install 'rlxai\[umap\]'"):
        StrategyPlan(embedding="umap").check()


def test_umap_keeps_groups_apart_and_is_the_same_again():
    pytest.importorskip("umap")
    require("umap")
    points, _ = groups((40, 40, 40))
    plane = umap(points)
    assert (plane.shape, plane.dtype) == ((120, 2), np.float32)
    np.testing.assert_array_equal(plane, umap(points))
    centres = plane.reshape(3, 40, 2).mean(1)
    spread = plane.reshape(3, 40, 2).std(1).max()
    assert min(np.linalg.norm(centres[i] - centres[j]) for i, j in ((0, 1), (0, 2), (1, 2))) > 3 * spread
