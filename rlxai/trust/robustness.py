"""Robustness of the agent: which small changes of the picture change its decision?

    changed = 1[argmax q(x') ≠ argmax q(x)]

Changes: noise, all pixels moved by one step against the decision (fast gradient sign, Goodfellow et al. 2015, arXiv
1412.6572; on Atari agents Huang et al. 2017, arXiv 1702.02284), the picture one cell aside, and those that the game can
draw itself, such as the ball one screen pixel aside. A map of a decision that hangs by a hair explains a hair. Where
two actions are worth the same, a changed decision is no fault of the agent.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.attribution import Target, get_method
from rlxai.trust.continuity import moved
from rlxai.trust.maps import explain, outputs

LEVELS = (0.5, 2.0, 8.0)
"""Grey levels, of 255."""


def small_changes(network: nn.Sequential, x: Tensor, *, seed: int = 0) -> dict[str, Tensor]:
    """Pictures that are nearly `x`, by name, each (N, C, H, W) floats in [0, 1].

    - noise-L: uniform within ± L grey levels, the same for every state.
    - gradient-sign-L: L grey levels along the sign that makes the next best action gain on the best one.
    - aside-1: moved by one cell to the right.
    """
    generator = torch.Generator().manual_seed(seed)
    noise = 2 * torch.rand(x.shape[1:], generator=generator) - 1
    weights = Target.parse("contrast").weights(outputs(network, x))
    slope = torch.from_numpy(explain(network, x, weights, get_method("gradient")).relevance).sign()
    found = {f"noise-{level:g}": (x + noise * level / 255).clamp(0, 1) for level in LEVELS}
    found |= {f"gradient-sign-{level:g}": (x - slope * level / 255).clamp(0, 1) for level in LEVELS}
    return found | {"aside-1": moved(x, 1)}


def changed_decisions(network: nn.Sequential, x: Tensor, variants: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Whether the greedy action is another one, bool (N,), by variant of the states."""
    before = outputs(network, x).argmax(1)
    return {name: (outputs(network, changed).argmax(1) != before).numpy() for name, changed in variants.items()}


def margin(network: nn.Sequential, x: Tensor) -> np.ndarray:
    """By how much the best action leads the next best, float64 (N,)."""
    best = outputs(network, x).topk(2, dim=1).values.double()
    found: np.ndarray = (best[:, 0] - best[:, 1]).numpy()
    return found
