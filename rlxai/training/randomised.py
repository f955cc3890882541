"""Do maps depend on what the agent learned? A cheap part of the sanity checks of Adebayo et al. 2018.

Their cascade draws the layers of a network anew one by one, from the output down, and compares the maps each time.
That is too dear for a look during training; here the output layer alone is drawn anew. Maps that stay the same then
cannot tell why an action was chosen (Huber et al. 2022 found such methods by the same test).
"""

from __future__ import annotations

import numpy as np

from rlxai.networks import Agent, describe
from rlxai.networks.architecture import with_weights
from rlxai.strategy import random_agent

SEED = 1_610_612_741
"""Of the drawn layer: the same at every look, so that the scores of two looks differ by the agent alone.

No training should have this seed: its untrained network would get back the very layer that it has."""


def with_random_head(agent: Agent, seed: int = SEED) -> Agent:
    """The agent with PyTorch's initial weights in its output layer; global generators stay as they are."""
    weights = dict(agent.network.state_dict())
    last = max(int(name.split(".")[0]) for name in weights)
    fresh = random_agent(agent, seed).network.state_dict()
    weights |= {name: weight for name, weight in fresh.items() if int(name.split(".")[0]) == last}
    network = with_weights(describe(agent.network), weights)
    return Agent(network, agent.actions, agent.preprocessing, game=agent.game, outputs=agent.outputs)


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of the magnitudes of two sets of maps, state by state.

    Args:
        first: relevance (N, C, H, W); its stacked frames are summed, as they are shown.
        second: likewise.

    Returns:
        float64 (N,), from -1 to 1; NaN where a map is the same everywhere.
    """
    ranks = [np.stack([_ranks(np.abs(maps.sum(axis=0)).ravel()) for maps in each]) for each in (first, second)]
    centred = [each - each.mean(axis=1, keepdims=True) for each in ranks]
    norms = [np.sqrt((each**2).sum(axis=1)) for each in centred]
    with np.errstate(invalid="ignore"):
        correlation: np.ndarray = (centred[0] * centred[1]).sum(axis=1) / (norms[0] * norms[1])
    return correlation


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks (M,) from 1; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return ranks
