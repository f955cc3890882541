"""Strongest states in a literal search."""

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.features.exemplars import peaks, strongest


def literal(values, games, decisions, count, apart):
    chosen = []
    for state in sorted(range(len(values)), key=lambda state: -values[state]):
        if all(games[state] != games[c] or abs(decisions[state] - decisions[c]) >= apart for c in chosen):
            chosen.append(state)
    return (chosen + [-1] * count)[:count]


def test_strongest_are_apart(generator):
    values = generator.normal(size=(60, 5))
    games, decisions = np.repeat([0, 1], 30), np.tile(np.arange(30), 2)
    found = strongest(values, games, decisions, 6, 8)
    for unit in range(5):
        assert found[unit].tolist() == literal(values[:, unit], games, decisions, 6, 8)
    assert (strongest(values, games, decisions, 20, 8) == -1).any()  # there are not so many


def test_peaks(generator):
    maps = generator.normal(size=(3, 2, 4, 5))
    best, places = peaks(maps)
    for n, u in np.ndindex(3, 2):
        assert best[n, u] == maps[n, u].max() == maps[n, u][tuple(places[n, u])]
    flat = generator.normal(size=(3, 2))
    best, places = peaks(flat)
    assert (best == flat).all()
    assert not places.any()


def test_mistakes():
    with pytest.raises(InvalidValue, match="met 0 and 1"):
        strongest(np.zeros((1, 1)), np.zeros(1, int), np.zeros(1, int), 0, 1)
