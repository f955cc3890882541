"""Continuity: how much a map changes where the picture hardly does, and whether it moves with what moves.

    max-sensitivity = max over draws δ of ‖R(x + δ) - R(x)‖ / ‖R(x)‖,   δ uniform in ± half a grey level

Yeh et al. 2019 (arXiv 1901.09392), eq. 3, with the target's weights held fixed. The noise is less than a screen can
show. Two unrelated maps of one size are √2 apart. A map may change much for good reason, where the network itself does;
the figure cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.attribution import Method
from rlxai.trust.maps import explain
from rlxai.trust.similarity import rank_correlation, relative_change

RADIUS = 0.5 / 255
DRAWS = 3
SHIFTS = (1, 4)
"""Cells by which the whole picture is moved; 4 is the stride of the usual first layer."""


def max_sensitivity(
    network: nn.Sequential, x: Tensor, weights: Tensor, method: Method, maps: np.ndarray, *, seed: int = 0
) -> np.ndarray:
    """Max-sensitivity of every state, float64 (N,).

    Args:
        network: explained.
        x: (N, C, H, W) floats in [0, 1].
        weights: of the target (N, A).
        method: tested.
        maps: of `x`, (N, C, H, W).
        seed: of the noise, which is the same for every state.
    """
    generator = torch.Generator().manual_seed(seed)
    changes = []
    for _ in range(DRAWS):
        noise = (2 * torch.rand(x.shape[1:], generator=generator) - 1) * RADIUS
        changed = explain(network, (x + noise).clamp(0, 1), weights, method).relevance
        changes.append(relative_change(maps, changed))
    found: np.ndarray = np.max(changes, axis=0)
    return found


def change_under(
    network: nn.Sequential, variants: Mapping[str, Tensor], weights: Tensor, method: Method, maps: np.ndarray
) -> dict[str, np.ndarray]:
    """‖R(x') - R(x)‖ / ‖R(x)‖ by variant x' of the states (N, C, H, W), such as the ball one screen pixel further."""
    return {
        name: relative_change(maps, explain(network, changed, weights, method).relevance)
        for name, changed in variants.items()
    }


def shift_behaviour(
    network: nn.Sequential, x: Tensor, weights: Tensor, method: Method, maps: np.ndarray
) -> dict[tuple[str, int], np.ndarray]:
    """Whether the map moves along where the whole picture moves to the right by s cells.

        follows = rank correlation of R(T x) with T R(x)        stays = that with R(x), T the shift, signed ranks

    Convolutions are equivariant under shifts by their strides, the linear layers above are not: a map may fail to
    follow because the network does. Cells that the shift brings in are black.

    Returns:
        float64 (N,) by (follows or stays, s).
    """
    found = {}
    for cells in SHIFTS:
        shifted = explain(network, moved(x, cells), weights, method).relevance
        along = moved(torch.from_numpy(maps), cells).numpy()
        found["follows", cells] = rank_correlation(shifted[..., cells:], along[..., cells:], signed=True)
        found["stays", cells] = rank_correlation(shifted[..., cells:], maps[..., cells:], signed=True)
    return found


def moved(x: Tensor, cells: int) -> Tensor:
    """A picture (..., W) moved to the right, zeros coming in."""
    return torch.nn.functional.pad(x, (cells, 0))[..., : x.shape[-1]]
