from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from rlxai.training.randomised import rank_correlation, with_random_head


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


def test_the_output_layer_alone_is_drawn_anew_and_always_alike(shipped_agent):
    state = torch.get_rng_state()
    drawn = with_random_head(shipped_agent)
    assert torch.equal(state, torch.get_rng_state())
    before, after = shipped_agent.network.state_dict(), drawn.network.state_dict()
    assert [name for name in before if not torch.equal(before[name], after[name])] == ["9.weight", "9.bias"]
    assert drawn.digest() == with_random_head(shipped_agent).digest() != with_random_head(shipped_agent, 1).digest()
    assert drawn.actions == shipped_agent.actions
