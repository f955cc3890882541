"""Profiles against their formulas written out, and on planted units."""

import itertools

import numpy as np
import pandas as pd
import pytest

from rlxai.errors import InvalidValue
from rlxai.strategy.atoms import ALPHA, carriers, object_means, profile, set_names
from rlxai.strategy.atoms_figure import atoms_figure, atoms_table
from rlxai.strategy.curves import stretch

OBJECTS = ("ball", "paddle", "wall")


def test_the_carriers_are_the_smallest_set_with_the_part(generator):
    for _ in range(20):
        relevance = generator.exponential(size=7) ** 2 * generator.choice([-1, 1])
        found = carriers(relevance)
        size = np.abs(relevance)
        enough = [
            subset
            for count in range(8)
            for subset in itertools.combinations(range(7), count)
            if size[list(subset)].sum() >= 0.9 * size.sum()
        ]
        assert len(found) == min(map(len, enough))
        assert size[found].sum() >= 0.9 * size.sum()
        assert (np.diff(size[found]) <= 0).all()
    assert list(carriers(np.array([1.0, 9.0]))) == [1]  # exactly nine tenths
    assert len(carriers(np.zeros(5))) == 0
    with pytest.raises(InvalidValue, match="part must be above 0 and at most 1, met 0"):
        carriers(relevance, 0)


def maps_and_masks(generator):
    """Maps of 9 units with many zeros, on binary masks of 3 objects in 2 planes."""
    masks = np.zeros((2, 3, 6, 6), np.float32)
    masks[:, 0, 0, :2], masks[:, 1, 2, 1:5], masks[:, 2, 4:, :] = 1, 1, 1
    maps = generator.random((9, 2, 6, 6)) * (generator.random((9, 2, 6, 6)) < 0.4)
    maps[:4, :, 4:] = 0  # some do not see the wall,
    maps[2:6, :, 2] = 0  # some not the paddle,
    maps[6, :, 2] *= 0.01  # one only a trace of it
    return maps, masks


def test_profiles_are_the_formulas(generator):
    maps, masks = maps_and_masks(generator)
    relevance = generator.random(9)
    means = np.zeros((9, 3))
    for k, o in itertools.product(range(9), range(3)):
        pixels = [maps[k, f, y, x] for f, y, x in np.argwhere(masks[:, o] == 1)]
        lit = [value for value in pixels if value != 0]
        means[k, o] = sum(pixels) / len(lit) if lit else 0
    np.testing.assert_allclose(object_means(maps, masks), means)
    found = profile(relevance, means)
    weight = relevance / relevance.sum()
    np.testing.assert_allclose(found.h, [sum(weight[k] * means[k, o] for k in range(9)) for o in range(3)])
    for place, members in enumerate([(), (0,), (1,), (0, 1), (2,), (0, 2), (1, 2), (0, 1, 2)]):
        assert set_names(OBJECTS)[place] == "+".join(OBJECTS[o] for o in members)
        c = c_above = 0.0
        for k in range(9):
            beta = ALPHA * max(means[k])
            others = [o for o in range(3) if o not in members]
            if members and all(means[k, o] > beta for o in members):
                c += weight[k] * all(means[k, o] == 0 for o in others)
                c_above += weight[k] * all(means[k, o] <= beta for o in others)
        assert found.c[place] == pytest.approx(c)
        assert found.c_above[place] == pytest.approx(c_above)
    assert 0.1 < found.c.sum() < found.c_above.sum() - 0.01
    assert found.c_above.sum() == pytest.approx(weight[means.any(axis=1)].sum())


def test_units_that_see_only_the_ball_give_c_of_the_ball_1(generator):
    maps, masks = maps_and_masks(generator)
    maps = (maps + 0.1) * masks[None, :, 0]
    found = profile(-generator.random(9), object_means(maps, masks))
    assert found.c[1] == found.c_above[1] == pytest.approx(1)
    assert found.h[0] > 0
    assert not found.h[1:].any()


def test_a_trace_of_another_object_breaks_c_but_not_c_above(generator):
    maps, masks = maps_and_masks(generator)
    maps = (maps + 0.1) * masks[None, :, 0] + 1e-3 * masks[None, :, 2]
    found = profile(np.ones(9), object_means(maps, masks))
    assert found.c.sum() == 0
    assert found.c_above[1] == pytest.approx(1)


def test_units_that_see_nothing_are_in_no_set():
    found = profile(np.array([1.0, 3.0]), np.array([[0.0, 0.0], [2.0, 0.0]]))
    np.testing.assert_allclose(found.c, [0, 0.75, 0, 0])
    nothing = profile(np.zeros(0), np.zeros((0, 2)))
    assert not nothing.h.any()
    assert not nothing.c.any()
    with pytest.raises(InvalidValue, match="alpha must be at least 0 and below 1, met 1"):
        profile(np.ones(1), np.ones((1, 2)), 1)


def test_partly_covered_cells_count_by_their_coverage():
    maps = np.array([[[[4.0, 8.0, 0.0]]]])
    masks = np.array([[[[1.0, 0.5, 0.25]]]])
    assert object_means(maps, masks) == pytest.approx((4 + 4) / 1.5)


@pytest.fixture
def curves() -> pd.DataFrame:
    rows = []
    for step in (0, 1000):
        for game, value in (("a", 0.2), ("b", 0.6)):
            for figure in ("atoms-h/ball", "atoms-c/ball", "atoms-c-above/ball"):
                rows.append((figure, "none", 0, step, game, value + step / 4000, 3.0))
                rows += [(figure, "random", draw, 0, game, value / (2 + draw), 3.0) for draw in range(2) if not step]
    table = pd.DataFrame(rows, columns=["figure", "control", "draw", "step", "game", "value", "weight"])
    return table.assign(states="common")


def test_the_table_has_intervals_over_games_and_random_networks_for_all_snapshots(curves):
    table = atoms_table(curves)
    assert len(table) == 3 * 2
    rows = table[table.measure == "h"].set_index("step")
    assert rows.value.tolist() == pytest.approx([0.4, 0.65])
    assert rows.games.tolist() == [2, 2]
    np.testing.assert_allclose(rows[["random_low", "random_high"]], [[0.4 / 3, 0.2]] * 2)
    half = stretch(2) * 0.2
    assert rows.high.tolist() == pytest.approx([0.4 + half, 0.65 + half])
    assert rows.low.tolist() == [0, 0]  # h cannot be negative, and c not above 1
    assert table[table.measure == "c"].high.tolist() == [1, 1]


def test_the_figure_draws_the_table(curves):
    figure = atoms_figure(atoms_table(curves), cells=10, title="toy")
    (above, below) = figure.axes
    np.testing.assert_allclose(above.lines[0].get_xydata(), [[0, 4], [1, 6.5]])
    for line in below.lines:  # c_above, and c
        np.testing.assert_allclose(line.get_xydata(), [[0, 0.4], [1, 0.65]])
    assert figure.get_suptitle() == "toy"
