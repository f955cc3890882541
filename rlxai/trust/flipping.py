"""Pixel flipping: what becomes of the target as pixels are replaced in the order of a map.

A pixel is flipped in all stacked frames at once: a single frame's pixel could be read off its neighbours in time.
The order is that of the map as shown, R(y, x) = Σ_c R(c, y, x), the largest first, equal values in random order. The
numbers of pixels flipped grow geometrically, since the objects of Atari games are a few pixels of thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.attribution.spread import drawn
from rlxai.trust.maps import outputs

STEPS = 16
FIRST = 4
"""Pixels of the first step."""
_CHUNK = 32
"""Pictures at a time."""


def flip_order(relevance: np.ndarray, seed: int = 0) -> Tensor:
    """Pixels from the most relevant one on, counted row by row: integers (N, H W).

    Args:
        relevance: (N, C, H, W).
        seed: of the order of equal values, drawn alike for every state.
    """
    shown = drawn(relevance)  # (N, H, W)
    n, height, width = shown.shape
    tie = np.random.default_rng(seed).permutation(height * width)
    order = np.lexsort((np.broadcast_to(tie, (n, height * width)), -shown.reshape(n, -1)), axis=1)
    return torch.from_numpy(order)


def flip_counts(pixels: int, steps: int = STEPS, first: int = FIRST) -> list[int]:
    """How many pixels are flipped at each step, geometrically from `first` to all of them.

    >>> flip_counts(7056, 6)
    [4, 18, 79, 355, 1583, 7056]
    """
    return [int(count) for count in np.geomspace(first, pixels, steps).round()]


def flip_outputs(
    network: nn.Sequential, x: Tensor, fill: Tensor, order: Tensor, counts: Sequence[int], *, insert: bool = False
) -> Tensor:
    """The network's outputs after each step, (K, N, A).

        deletion:  x_k = fill in the first count_k pixels of the order, x elsewhere
        insertion: x_k = x in the first count_k pixels of the order, fill elsewhere

    Samek et al. 2017 (IEEE TNNLS 28:2660), eq. 11, for deletion; Petsiuk et al. 2018 (arXiv 1806.07421) for both.
    A step costs less than a forward: each pixel is written once in all steps together, and a picture that a step leaves
    as it was is not asked about again.

    Args:
        network: asked.
        x: (N, C, H, W) floats in [0, 1].
        fill: likewise.
        order: of `flip_order`.
        counts: of `flip_counts`, ascending, K of them.
        insert: insertion instead of deletion.
    """
    before, after = (fill, x) if insert else (x, fill)
    parts = [slice(start, start + _CHUNK) for start in range(0, len(x), _CHUNK)]
    found = [_flip(network, before[part], after[part], order[part], counts) for part in parts]
    return torch.cat(found, 1)


def _flip(network: nn.Sequential, before: Tensor, after: Tensor, order: Tensor, counts: Sequence[int]) -> Tensor:
    """Outputs (K, n, A) as pixels go from one picture to the other, both (n, C, H, W)."""
    pictures = before.clone(memory_format=torch.contiguous_format)
    pixels, new = pictures.view(*before.shape[:2], -1), after.reshape(*before.shape[:2], -1)  # (n, C, H W)
    found: list[Tensor] = []
    for start, stop in pairwise((0, *counts)):
        flipped = order[:, None, start:stop].expand(-1, before.shape[1], -1)  # (n, C, pixels)
        values = new.gather(2, flipped)
        changed = (pixels.gather(2, flipped) != values).flatten(1).any(1)  # (n,)
        pixels.scatter_(2, flipped, values)
        if not found or changed.all():
            found.append(outputs(network, pictures))
            continue
        found.append(found[-1].clone())
        if changed.any():
            found[-1][changed] = outputs(network, pictures[changed])
    return torch.stack(found)
