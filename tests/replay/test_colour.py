from __future__ import annotations

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.replay import colour


@pytest.mark.parametrize("name", colour.names())
def test_table_has_one_zero(name):
    table = colour.lut(name)
    assert table.shape == (255, 3)
    assert table.dtype == np.uint8
    zero = table[127]
    assert zero.tolist() in ([0, 0, 0], [255, 255, 255])
    side = table[128:] if name in colour.names(signed=False) else np.delete(table, 127, axis=0)
    assert (side != zero).any(axis=1).all()  # no other relevance looks like zero


@pytest.mark.parametrize("name", colour.names(signed=True))
def test_signed_tables_are_symmetric_and_tell_the_sign(name):
    table = colour.lut(name).astype(int)
    assert (table[::-1] == table[:, ::-1]).all()  # -v is +v with red and blue exchanged
    for v in (0.25, 0.5, 1.0):
        plus, minus = table[127 + round(127 * v)], table[127 - round(127 * v)]
        assert np.abs(plus - minus).max() >= 60


def test_the_default_tells_the_sign_to_colour_blind_readers():
    # Linear RGB to what protanopes and deuteranopes see (Machado, Oliveira and Fernandes 2009, severity 1).
    protan = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    deutan = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    table = (colour.lut(colour.default_for(True)) / 255.0) ** 2.2
    for matrix in (protan, deutan):
        seen = 255 * np.clip(table @ np.array(matrix).T, 0, 1) ** (1 / 2.2)
        for k in (32, 64, 127):
            assert np.linalg.norm(seen[127 + k] - seen[127 - k]) >= 150


def test_sequential_table_gets_lighter_and_has_no_negative_colours():
    table = colour.lut("heat").astype(float)
    assert (table[:127] == table[127]).all()
    assert (np.diff(table[127:] @ [0.299, 0.587, 0.114]) > 0).all()


def test_level_is_the_literal_rule():
    relevance = np.random.default_rng(0).normal(size=(3, 5, 7)).astype(np.float32)
    levels = colour.level(relevance, 1.5)
    for index in np.ndindex(relevance.shape):
        v = min(1.0, max(-1.0, float(relevance[index]) / 1.5))
        assert levels[index] == 127 + round(127 * v)
    assert levels.dtype == np.uint8


def test_level_at_the_ends_and_at_zero():
    assert colour.level(np.array([-9.0, -2, -1, 0, -0.0, 1, 2, 9]), 2).tolist() == [0, 0, 63, 127, 127, 191, 254, 254]
    assert colour.level(np.array([5.0, 0, -5]), 0).tolist() == [127, 127, 127]
    assert colour.level(np.array([1e30, -1e30]), 1e-300).tolist() == [254, 0]


def test_level_takes_a_scale_per_frame():
    levels = colour.level(np.ones((3, 2, 2)), np.array([1.0, 2.0, 0.0])[:, None, None])
    assert levels[:, 0, 0].tolist() == [254, 191, 127]


def test_nonfinite_is_zero_and_counted():
    relevance = np.array([np.nan, np.inf, -np.inf, 1.0])
    assert colour.level(relevance, 1.0).tolist() == [127, 127, 127, 254]
    assert colour.nonfinite(relevance) == 3


@pytest.mark.parametrize("scale", [-1.0, float("nan"), float("inf")])
def test_impossible_scales_are_refused(scale):
    with pytest.raises(InvalidValue, match="scale must be finite and at least 0"):
        colour.level(np.zeros(2), scale)


def test_unknown_map_names_the_known_ones():
    with pytest.raises(InvalidValue, match=r"'jet'; known: blue-orange, coldnhot, bwr, heat"):
        colour.lut("jet")


def test_defaults_follow_the_sign_and_tables_are_read_only():
    assert colour.default_for(True) == "blue-orange"
    assert colour.default_for(False) == "heat"
    with pytest.raises(ValueError, match="read-only"):
        colour.lut("heat")[0] = 1
