"""What single units are worth to the choice: each in turn is held at its mean activation, on states of play.

    changed_u = mean_s [argmax_a q'_a(s) differs from argmax_a q_a(s)]
    shift_u   = rms_sa (A'_a(s) - A_a(s)) / rms_sa A_a(s),      A_a = q_a - mean q

q' are the outputs without the unit (mean ablation, as in `rlxai.features.lesion`; for single units Morcos et al. 2018,
arXiv 1803.06959, section 2.3). It is cheap enough for every unit of every snapshot, which games are not. It says what
the network does otherwise on states that the whole agent reaches, not what a game would come to: a change of a decision
may cost nothing, and what several units do alike none of them shows alone.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.features.layers import UnitLayer
from rlxai.networks import Agent


def outputs_without(agent: Agent, layer: UnitLayer, activations: np.ndarray, held_at: np.ndarray) -> np.ndarray:
    """The outputs without each unit of a layer.

    Args:
        agent: is left as it is.
        layer: of the agent, see `rlxai.features.layers.unit_layers`.
        activations: float32 (N, U, ...), behind the layer's ReLU.
        held_at: float (U,): the value of each unit while it is held.

    Returns:
        float32 (U, N, A).
    """
    above = nn.Sequential(*list(agent.network)[layer.index + 2 :])  # the layer itself, its ReLU, then what is above
    whole = torch.as_tensor(activations)
    with torch.no_grad():
        return np.stack([_held(above, whole, unit, float(value)) for unit, value in enumerate(held_at)])


def _held(above: nn.Module, whole: Tensor, unit: int, value: float) -> np.ndarray:
    without = whole.clone()
    without[:, unit] = value
    return np.asarray(above(without).numpy())


def changed(q: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Whether the best action is another one: (N, A) and (U, N, A) -> bool (U, N)."""
    differs: np.ndarray = without.argmax(-1) != q.argmax(-1)
    return differs


def shift(q: np.ndarray, without: np.ndarray) -> np.ndarray:
    """How far the advantages move, in units of their own size: (N, A) and (U, N, A) -> float64 (U,).

    NaN where all actions are always worth the same.
    """
    before, after = (x.astype(np.float64) - x.mean(-1, keepdims=True, dtype=np.float64) for x in (q, without))
    size = float(np.sqrt((before**2).mean()))
    moved: np.ndarray = np.sqrt(((after - before) ** 2).mean((1, 2)))
    return moved / size if size > 0 else np.full(len(without), np.nan)
