"""Null controls: what the ledger says where there is nothing to see.

Random networks have the architecture of the agent and fresh weights: relevance that they put on an object is due to
brightness, size and place, not to learning. Shifted masks have the objects' shapes at places where the objects are
not: relevance that they catch is what any region of that shape catches. Shuffled masks are those of other decisions:
relevance that they catch is due to where the objects and the relevance usually are, not to where they are now.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from rlxai.networks import Agent
from rlxai.networks.architecture import build, describe


def random_agent(agent: Agent, seed: int) -> Agent:
    """An agent with the same architecture, actions and preprocessing, and PyTorch's default initial weights.

    Draws from a generator state of its own; the global one is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build(describe(agent.network))
    return Agent(network, agent.actions, agent.preprocessing, game=agent.game, outputs=agent.outputs)


def shifted(relevance: np.ndarray, seed: int | Sequence[int]) -> np.ndarray:
    """Each decision's maps moved by a random offset, around the border: the same as moving its masks the other way.

    Args:
        relevance: (N, C, H, W).
        seed: of the offsets; an offset is at least an eighth of the map away from no offset, in one direction or both.

    Returns:
        (N, C, H, W), the frames of a stack moved together.
    """
    generator = np.random.default_rng(seed)
    height, width = relevance.shape[2:]
    moved = np.empty_like(relevance)
    for index, maps in enumerate(relevance):
        while True:
            dy, dx = int(generator.integers(height)), int(generator.integers(width))
            if height // 8 <= dy <= height - height // 8 or width // 8 <= dx <= width - width // 8:
                break
        moved[index] = np.roll(maps, (dy, dx), axis=(1, 2))
    return moved


def shuffled(masks: np.ndarray, seed: int) -> np.ndarray:
    """Each decision with the masks of another one.

    Args:
        masks: (N, C, K, H, W); N decisions of one game, spread over it.
        seed: of the offset.

    Returns:
        The same masks, all moved along by the same number of decisions, a quarter to three quarters of N, and around
        the end; with fewer than two decisions there is no other one, and nothing is left on any object.
    """
    n = len(masks)
    if n < 2:
        return np.zeros_like(masks)
    low, high = max(1, n // 4), max(1, n - n // 4 - 1)
    return np.roll(masks, int(np.random.default_rng(seed).integers(low, high + 1)), axis=0)
