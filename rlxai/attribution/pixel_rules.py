"""LRP rules for the first layer, whose inputs are pixels: black ones must be explained too.

Rules that multiply by the input give black pixels nothing. These do not, and hand down all relevance.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rlxai.attribution.layers import Step, apply
from rlxai.attribution.rules import Part
from rlxai.errors import InvalidValue


@dataclass(frozen=True)
class ZBox:
    """LRP-z^B: c_ij = a_i w_ij - low w⁺_ij - high w⁻_ij, no bias. Montavon et al. 2017 (Pattern Recognit. 65:211).

    For a first layer whose inputs lie in [low, high]: no contribution is negative, and black pixels (a_i = low) are
    explained too.
    """

    low: float = 0.0
    high: float = 1.0
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise InvalidValue(f"low must be below high, met low {self.low!r}, high {self.high!r}")

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part, c_ij = (a_i - low) w⁺_ij + (a_i - high) w⁻_ij; z from the layer's own output."""
        plus, minus = w.clamp(min=0), w.clamp(max=0)
        ones = torch.ones_like(step.input[:1])  # (1, I, ...): the bounds are the same for all samples
        z = step.output - b - self.high * apply(step.layer, ones, minus)
        if self.low != 0:
            z = z - self.low * apply(step.layer, ones, plus)
        above_low = step.input - self.low if self.low != 0 else step.input
        return (Part(((above_low, plus), (step.input - self.high, minus)), z=z),)


@dataclass(frozen=True)
class Flat:
    """LRP-flat: c_ij = 1, no bias: R_j spreads evenly over its window. Lapuschkin et al. 2019 (Nat. Commun. 10:1096).

    Meant for the first layer, where it gives up the resolution within a window and
    in exchange hands down all relevance, over black background too.
    """

    epsilon: float = 1e-6

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part, the same for all samples; a weight of length 1 stands for all channels."""
        return (Part(((1.0, torch.ones_like(w[:1, :1] if w.ndim else w)),)),)


@dataclass(frozen=True)
class WSquare:
    """LRP-w²: c_ij = w²_ij, no bias: whatever the input, a first layer's rule. Montavon et al. 2017."""

    epsilon: float = 1e-6

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part, the same for all samples."""
        return (Part(((1.0, w**2),)),)
