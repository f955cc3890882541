"""Faithfulness: does the target follow the pixels that the map calls relevant?

With the weights w of the target held fixed at the unchanged input, t(y) = Σ_a w_a q_a(y), and K steps of flipping
(`rlxai.trust.flipping`), x_k by deletion and y_k by insertion:

    drop         = 1/K Σ_k (t(x) - t(x_k))         deletion: area over the curve, AOPC (Samek et al. 2017, eq. 12)
    gain         = 1/K Σ_k (t(y_k) - t(fill))      insertion: area under the curve (Petsiuk et al. 2018)
    faithfulness = (drop + gain) / 2 / spread      spread: standard deviation of t over the states

The target is asked on its own scale: a softmax would call a change large where it happens to saturate little. What is
to be read is the difference to a random order of the same states and the same fill; an order that an edge detector
gives says what the picture alone is worth. The figure cannot show that a map is right pixel by pixel, and pictures with
pixels replaced are none that the network was trained on (Hooker et al. 2019, arXiv 1806.10758): hence several fills.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.strategy.interventions import spread
from rlxai.trust.flipping import STEPS, flip_counts, flip_order, flip_outputs
from rlxai.trust.maps import outputs


@dataclass(frozen=True)
class Curves:
    """The target while pixels are deleted, and while they are inserted, float64 (N, K + 1) from no pixel to all."""

    counts: tuple[int, ...]
    """Pixels flipped, K + 1."""
    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def drop(self) -> np.ndarray:
        """Mean of t(x) - t(x_k), (N,)."""
        found: np.ndarray = (self.deletion[:, :1] - self.deletion[:, 1:]).mean(axis=1)
        return found

    @property
    def gain(self) -> np.ndarray:
        """Mean of t(y_k) - t(fill), (N,)."""
        found: np.ndarray = (self.insertion[:, 1:] - self.insertion[:, :1]).mean(axis=1)
        return found

    def faithfulness(self, scale: float) -> np.ndarray:
        """(drop + gain) / 2 / scale, (N,)."""
        found: np.ndarray = (self.drop + self.gain) / 2 / scale
        return found


@dataclass(frozen=True)
class Ends:
    """What is the same for all orders: the network's outputs where no pixel is flipped, and where all are."""

    x: Tensor
    """(N, A), of the unchanged pictures."""
    fills: Mapping[str, Tensor]
    """(N, A) by fill."""

    @classmethod
    def of(cls, network: nn.Sequential, x: Tensor, fills: Mapping[str, Tensor]) -> Ends:
        """Both ends, for pictures and fills (N, C, H, W)."""
        return cls(outputs(network, x), {name: outputs(network, fill) for name, fill in fills.items()})


def flip_curves(
    network: nn.Sequential,
    x: Tensor,
    weights: Tensor,
    relevance: np.ndarray,
    fill: Tensor,
    ends: tuple[Tensor, Tensor],
    *,
    steps: int = STEPS,
) -> Curves:
    """Both curves of every state, for 2 K steps at 2 (K - 1) forwards: what is known is not asked again.

    Args:
        network: asked.
        x: (N, C, H, W) floats in [0, 1].
        weights: of the target (N, A).
        relevance: (N, C, H, W).
        fill: as `x`.
        ends: outputs of `x` and of `fill`, (N, A) each.
        steps: K.
    """
    counts = flip_counts(x.shape[2] * x.shape[3], steps)
    order = flip_order(relevance)
    whole, none = (_target(weights, known[None]) for known in ends)  # each (N, 1)
    deleted, inserted = (
        _target(weights, flip_outputs(network, x, fill, order, counts[:-1], insert=insert)) for insert in (False, True)
    )
    return Curves((0, *counts), np.concatenate([whole, deleted, none], 1), np.concatenate([none, inserted, whole], 1))


def faithfulness(
    network: nn.Sequential,
    x: Tensor,
    weights: Tensor,
    relevance: np.ndarray,
    fills: Mapping[str, Tensor],
    ends: Ends | None = None,
) -> dict[str, np.ndarray]:
    """Faithfulness of every state by fill, float64 (N,); NaN where the target is the same in all states.

    Arguments as for `flip_curves`; `ends` are asked for where they are not given.
    """
    ends = ends or Ends.of(network, x, fills)
    curves = fill_curves(network, x, weights, relevance, fills, ends)
    scale = target_spread(ends, weights)
    return {name: found.faithfulness(scale) for name, found in curves.items()}


def fill_curves(
    network: nn.Sequential, x: Tensor, weights: Tensor, relevance: np.ndarray, fills: Mapping[str, Tensor], ends: Ends
) -> dict[str, Curves]:
    """Both curves by fill, see `flip_curves`."""
    return {
        name: flip_curves(network, x, weights, relevance, fill, (ends.x, ends.fills[name]))
        for name, fill in fills.items()
    }


def target_spread(ends: Ends, weights: Tensor) -> float:
    """Standard deviation of the target over the states; NaN where it is the same in all."""
    return spread(_target(weights, ends.x[None])[:, 0])


def _target(weights: Tensor, values: Tensor) -> np.ndarray:
    """Weights (N, A), outputs (K, N, A) -> targets float64 (N, K)."""
    found: np.ndarray = torch.einsum("na,kna->nk", weights.double(), values.double()).numpy()
    return found
