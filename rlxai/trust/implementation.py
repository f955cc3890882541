"""Implementation invariance: the same function has the same map, however it is computed.

    twin     = ‖R'(x) - R(x)‖ / ‖R(x)‖       R' of a network whose hidden units are permuted and rescaled
    readable = likewise, R' by the readable path (`rlxai.trust.readable`)

Networks that are equal as functions should be explained alike (Sundararajan et al. 2017, arXiv 1703.01365, axiom
"implementation invariance"). The twin is such a network: units of a hidden layer change places, and each is scaled by a
power of two that the next layer takes back, which a ReLU lets through exactly. This tests one family of equal networks,
not all.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.attribution import Method, forward_pass
from rlxai.networks import describe
from rlxai.networks.architecture import with_weights
from rlxai.networks.heads import fold_head
from rlxai.trust.maps import explain
from rlxai.trust.readable import readable_relevance
from rlxai.trust.similarity import relative_change

_EXPONENTS = (-1, 0, 1)


def twin(network: nn.Sequential, seed: int = 0) -> nn.Sequential:
    """The same function by other weights: hidden units permuted, and scaled by ½, 1 or 2.

    Layers are scaled where a ReLU and another layer with weights follow.
    """
    network = fold_head(network)
    generator = torch.Generator().manual_seed(seed)
    weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    layers = [name for name, layer in network.named_children() if isinstance(layer, nn.Conv2d | nn.Linear)]
    for lower, upper in pairwise(layers):
        units = len(weights[f"{lower}.bias"])
        order = torch.randperm(units, generator=generator)
        exponents = torch.tensor(_EXPONENTS)[torch.randint(len(_EXPONENTS), (units,), generator=generator)]
        scale = 2.0**exponents
        for name in (f"{lower}.weight", f"{lower}.bias"):
            weights[name] = weights[name][order] * scale.view(-1, *[1] * (weights[name].ndim - 1))
        above = weights[f"{upper}.weight"]
        inputs = above.reshape(len(above), units, -1)  # a flatten layer between keeps units side by side
        weights[f"{upper}.weight"] = (inputs[:, order] / scale[:, None]).reshape(above.shape)
    return with_weights(describe(network), weights).eval().requires_grad_(False)


def twin_difference(network: nn.Sequential, x: Tensor, weights: Tensor, method: Method, maps: np.ndarray) -> np.ndarray:
    """‖R'(x) - R(x)‖ / ‖R(x)‖ of every state, float64 (N,), R' that of the `twin`."""
    return relative_change(maps, explain(twin(network), x, weights, method).relevance)


def readable_difference(
    network: nn.Sequential, x: Tensor, weights: Tensor, method: Method, maps: np.ndarray
) -> np.ndarray:
    """‖R'(x) - R(x)‖ / ‖R(x)‖ of every state, float64 (N,), R' by the readable path; NaN where there is none."""
    found = readable_relevance(forward_pass(network, x), weights, method.name)
    return np.full(len(x), np.nan) if found is None else relative_change(maps, found.detach().numpy())
