"""Embeddings: PCA against its definition, repeatable, with neighbours that are measured; the atlas of one."""

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.features.atlas import grid_cells, traits
from rlxai.features.embedding import planes, principal_components


@pytest.fixture(scope="module")
def groups():
    generator = np.random.default_rng(0)
    centres = 20 * generator.normal(size=(3, 12))
    return np.concatenate([centre + generator.normal(size=(25, 12)) for centre in centres]).astype(np.float32)


def test_principal_components(groups):
    found, shares = principal_components(groups, 3)
    centred = groups - groups.mean(0)
    values = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    assert shares == pytest.approx((values / values.sum())[:3], rel=1e-4)
    assert (found**2).sum(0) == pytest.approx(values[:3], rel=1e-4)
    again, _ = principal_components(groups.copy(), 3)
    assert (found == again).all()


def test_planes_keep_groups_and_repeat(groups):
    found, again = (planes(groups, (5.0, 20.0), 0, with_umap=False) for _ in range(2))
    assert [plane.name for plane in found][:3] == ["pca", "tsne-5", "tsne-20"]
    for plane, same in zip(found, again, strict=True):
        assert (plane.points == same.points).all()
        assert 0.9 < plane.trust <= 1
        middles = plane.points.reshape(3, 25, 2).mean(1)
        own = np.linalg.norm(plane.points[:, None] - middles, axis=2).argmin(1)
        assert (own == np.repeat([0, 1, 2], 25)).all()


def test_cells_of_the_atlas():
    plane = np.array([[0, 0], [0.1, 0.1], [1, 1], [0.9, 1], [0.95, 0.9], [0.5, 0.5]])
    activations = np.array([[0.0], [1], [1], [5], [3], [0]])
    lower, upper = sorted(grid_cells(plane, activations, side=4, least=2), key=lambda cell: -cell.row)
    assert (lower.row, lower.column, lower.members.tolist()) == (3, 0, [0, 1])
    assert (upper.row, upper.column, upper.members.tolist(), upper.medoid) == (0, 3, [2, 3, 4], 4)
    with pytest.raises(InvalidValue, match="met 0 and 2"):
        grid_cells(plane, activations, side=0, least=2)


def test_traits_name_what_differs():
    values = np.zeros((10, 2))
    values[:2, 0] = 5
    values[:, 1] = np.nan
    said = traits(np.array([0, 1]), values, ("ball x", "tunnel x"))
    assert [name for name, _ in said] == ["ball x"]
    assert said[0][1] == pytest.approx((5 - 1) / 2)
    assert traits(np.arange(10), values, ("ball x", "tunnel x")) == []
