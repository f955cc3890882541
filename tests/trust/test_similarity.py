"""Similarities against literal formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlxai.trust.similarity import rank_correlation, relative_change, structural_similarity


def literally(first, second):
    ranks = [pd.Series(np.abs(maps.sum(0)).ravel()).rank(method="average") for maps in (first, second)]
    return np.corrcoef(*ranks)[0, 1]


def test_rank_correlation_is_spearmans_of_the_maps_as_shown(generator):
    first = generator.normal(size=(5, 4, 12, 12))
    second = first * (1 + generator.random((5, 1, 1, 1))) + generator.normal(size=first.shape)
    first[:2] = first[:2].round()  # equal values
    found = rank_correlation(first, second)
    assert found == pytest.approx([literally(a, b) for a, b in zip(first, second, strict=True)])
    assert 0.05 < found.min() < found.max() < 0.95


def test_rank_correlation_at_its_ends(generator):
    maps = generator.normal(size=(3, 1, 9, 9))
    assert rank_correlation(maps, -3 * maps) == pytest.approx([1, 1, 1])
    assert rank_correlation(maps, 1 / maps) == pytest.approx([-1, -1, -1])
    assert np.isnan(rank_correlation(maps, np.ones_like(maps))).all()


def test_cells_that_neither_map_uses_can_be_left_out(generator):
    first, second = generator.normal(size=(2, 4, 2, 9, 9))
    first[:, :, :6] = second[:, :, :6] = 0
    expected = rank_correlation(first[:, :, 6:], second[:, :, 6:])
    assert rank_correlation(first, second, used=True) == pytest.approx(expected)
    assert (rank_correlation(first, second) > expected + 0.2).all()
    assert np.isnan(rank_correlation(first * 0, second * 0, used=True)).all()
    second[0, 0, 0, 0] = 1  # used by one of them is used
    assert rank_correlation(first, second, used=True)[0] != pytest.approx(expected[0])


def test_signs_count_where_asked_for(generator):
    maps = generator.normal(size=(3, 2, 9, 9))
    assert rank_correlation(maps, -maps, signed=True) == pytest.approx([-1, -1, -1])
    assert rank_correlation(maps, -maps) == pytest.approx([1, 1, 1])


def literal_ssim(a, b):
    """Pixel by pixel, with an 11 x 11 Gaussian window; the border mirrors the image."""
    a, b = a / a.max(), b / b.max()
    offsets = np.arange(-5, 6)
    line = np.exp(-(offsets**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    x, y = (np.pad(maps, 5, mode="symmetric") for maps in (a, b))
    values = []
    for i, j in np.ndindex(a.shape):
        p, q = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
        mp, mq = (window * p).sum(), (window * q).sum()
        vp, vq = (window * (p - mp) ** 2).sum(), (window * (q - mq) ** 2).sum()
        cov = (window * (p - mp) * (q - mq)).sum()
        values.append((2 * mp * mq + 1e-4) * (2 * cov + 9e-4) / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4)))
    return np.mean(values)


def test_structural_similarity_is_the_published_formula(generator):
    first = generator.normal(size=(2, 3, 16, 14))
    second = first + generator.normal(size=first.shape)
    expected = [literal_ssim(np.abs(a.sum(0)), np.abs(b.sum(0))) for a, b in zip(first, second, strict=True)]
    assert structural_similarity(first, second) == pytest.approx(expected)
    assert structural_similarity(first, -2 * first) == pytest.approx([1, 1])
    assert structural_similarity(0 * first, 0 * first) == pytest.approx([1, 1])


def test_relative_change(generator):
    first = generator.normal(size=(2, 4, 40, 40)).astype(np.float32)
    assert relative_change(first, 1.5 * first) == pytest.approx([0.5, 0.5])
    unrelated = generator.normal(size=first.shape)
    assert relative_change(first, unrelated) == pytest.approx([2**0.5] * 2, rel=0.05)
    assert np.isnan(relative_change(0 * first, first)).all()
