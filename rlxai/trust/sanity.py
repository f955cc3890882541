"""Sanity: does a map depend on what the network learned, on the action explained, on the unit explained?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.attribution import Method
from rlxai.attribution.layers import exact_arithmetic
from rlxai.attribution.spread import drawn
from rlxai.networks import Agent
from rlxai.strategy.bootstrap import nan_mean
from rlxai.trust.maps import explain
from rlxai.trust.similarity import rank_correlation, structural_similarity

UNITS = 4
"""Hidden units compared."""


def parameter_randomisation(
    networks: Mapping[tuple[str, int], Agent], x: Tensor, weights: Tensor, method: Method, maps: np.ndarray
) -> dict[tuple[str, str, int], np.ndarray]:
    """How much of the maps stays when layers are drawn anew; 1 where nothing changes.

    Adebayo et al. 2018 (arXiv 1810.03292): Spearman's rank correlation of the magnitudes, and SSIM. The same scalar is
    explained, by its weights on the outputs. A low figure alone is no merit: noise has one too.

    Args:
        networks: of `randomisations`.
        x: (N, C, H, W).
        weights: of the target (N, A).
        method: tested.
        maps: of the network itself (N, C, H, W).

    Returns:
        float64 (N,) by (measure, test, place of the layer from the output). Measures are rank, rank-used (over cells
        that either map uses) and ssim.
    """
    found: dict[tuple[str, str, int], np.ndarray] = {}
    known: dict[int, dict[str, np.ndarray]] = {}
    for (test, place), agent in networks.items():
        if id(agent) not in known:  # a network of both tests is explained once
            known[id(agent)] = similarities(maps, explain(agent.network, x, weights, method).relevance)
        found |= {(measure, test, place): values for measure, values in known[id(agent)].items()}
    return found


def similarities(first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
    """How alike two sets of maps (N, C, H, W) are, float64 (N,) by measure."""
    rank = rank_correlation(first, second)
    used = rank.copy()  # the same where some map uses every cell
    unused = ((drawn(first) == 0) & (drawn(second) == 0)).any(axis=(1, 2))
    used[unused] = rank_correlation(first[unused], second[unused], used=True)
    return {"rank": rank, "rank-used": used, "ssim": structural_similarity(first, second)}


def action_similarity(
    network: nn.Sequential, x: Tensor, actions: int, method: Method, kind: str = "advantage"
) -> np.ndarray:
    """Mean signed rank correlation between the maps of each two actions, float64 (N,).

    1: the maps are the same whatever action is asked about, so they cannot say why one was preferred. The random logit
    test of Sixt et al. 2020 (arXiv 1912.09818), for all pairs and with signs.

    Args:
        network: explained.
        x: (N, C, H, W).
        actions: A.
        method: tested.
        kind: `advantage` explains q_a - mean q of each action a, anything else q_a, which is mostly the state's value.
    """
    rows = torch.eye(actions)
    if kind == "advantage":
        rows = rows - 1 / actions
    return _mean_of_pairs([explain(network, x, row.expand(len(x), -1), method).relevance for row in rows])


def neuron_similarity(network: nn.Sequential, x: Tensor, method: Method, units: int = UNITS) -> np.ndarray:
    """Mean signed rank correlation between the maps of each two hidden units, float64 (N,).

    The units are those of the last hidden linear layer that are largest on average. 1: the map is the same whichever
    unit is asked about (Sixt et al. 2020). NaN where the network has no hidden linear layer.
    """
    hidden = hidden_network(network)
    if hidden is None:
        return np.full(len(x), np.nan)
    with exact_arithmetic(x.device):
        mean = hidden(x).relu().mean(0)
    chosen = mean.topk(min(units, len(mean))).indices
    rows = torch.eye(len(mean))[chosen]
    return _mean_of_pairs([explain(hidden, x, row.expand(len(x), -1), method).relevance for row in rows])


def hidden_network(network: nn.Sequential) -> nn.Sequential | None:
    """The network up to its last hidden linear layer, before the ReLU; None where there is none."""
    linear = [place for place, layer in enumerate(network) if isinstance(layer, nn.Linear)]
    last = max(place for place, layer in enumerate(network) if any(True for _ in layer.parameters()))
    below = [place for place in linear if place < last]
    return nn.Sequential(*list(network)[: below[-1] + 1]) if below else None


def _mean_of_pairs(maps: Sequence[np.ndarray]) -> np.ndarray:
    pairs = [rank_correlation(a, b, signed=True) for a, b in combinations(maps, 2)]
    return nan_mean(np.stack(pairs), 0) if pairs else np.full(len(maps[0]), np.nan)
