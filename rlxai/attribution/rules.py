"""Rules of layer-wise relevance propagation (LRP), as data that reads like the formula.

A rule hands the relevance R_j of a layer's outputs down to its inputs, in proportion to contributions c_ij:

    R_i = Σ_j c_ij / (z_j + ε sign z_j) R_j        with c_ij = Σ_terms a'_i w'_ij  and  z_j = Σ_i c_ij + b'_j

and is therefore stated by its terms (a', w') and its bias b'. What is not handed down is *kept* by the layer:

    kept_j = (b'_j + ε sign z_j) / (z_j + ε sign z_j) R_j

so that Σ_i R_i + Σ_j kept_j = Σ_j R_j. The bias takes its share. So does the stabiliser ε, negligible except where
no input contributes at all (z⁺ on an all-zero window): there the layer keeps everything, and the ledger shows it.
sign 0 = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol

import torch
from torch import Tensor

from rlxai.attribution.layers import Step, apply, parameters, per_sample, transpose


@dataclass(frozen=True)
class Part:
    """Terms (a', w') over one common denominator; a rule has one part, or several that share R between them.

    `z` may be given where it is known already; `share` is the part of R_j that is shared out by these terms, by
    default all of it.
    """

    terms: tuple[tuple[Tensor, Tensor], ...]
    bias: Tensor | None = None
    z: Tensor | None = None
    share: float | Tensor | None = None


class Rule(Protocol):
    """What a rule is: a stabiliser, and the parts for a layer with input a, weights w and bias b."""

    @property
    def epsilon(self) -> float:
        """The stabiliser ε > 0."""

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """The parts of the formula."""


@dataclass(frozen=True)
class Epsilon:
    """LRP-ε: c_ij = a_i w_ij, with the bias b_j. Bach et al. 2015 (PLoS ONE 10:e0130140), eq. 58."""

    epsilon: float = 1e-6

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part; z is the layer's own output."""
        return (Part(((step.input, w),), b, z=step.output),)


@dataclass(frozen=True)
class ZPlus:
    """LRP-z⁺ (α1β0): c_ij = a⁺_i w⁺_ij + a⁻_i w⁻_ij, with b⁺_j. Bach et al. 2015, eq. 60.

    x⁺ = max(x, 0), x⁻ = min(x, 0): all contributions that raise the output, for inputs of either sign.
    """

    epsilon: float = 1e-6

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part; the second term vanishes where inputs are known not to be negative."""
        a = step.input
        if step.nonnegative:
            return (Part(((a, w.clamp(min=0)),), b.clamp(min=0)),)
        return (Part(((a.clamp(min=0), w.clamp(min=0)), (a.clamp(max=0), w.clamp(max=0))), b.clamp(min=0)),)


@dataclass(frozen=True)
class Flat:
    """LRP-flat: c_ij = 1, no bias: R_j spreads evenly over its window. Lapuschkin et al. 2019 (Nat. Commun. 10:1096).

    Meant for the first layer, where it gives up the resolution within a window and
    in exchange hands down all relevance, over black background too.
    """

    epsilon: float = 1e-6

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part, the same for all samples; a weight of length 1 stands for all channels."""
        ones = torch.ones_like(step.input[:1])  # (1, I, ...)
        return (Part(((ones, torch.ones_like(w[:1, :1] if w.ndim else w)),)),)


def propagate(step: Step, rule: Rule, relevance: Tensor) -> tuple[Tensor, Tensor]:
    """Relevance through one linear layer.

    Args:
        step: the layer with its input (N, I, ...) and output (N, O, ...).
        rule: how contributions are counted.
        relevance: R_j of the outputs (N, O, ...).

    Returns:
        R_i of the inputs (N, I, ...), and what the layer kept (N,).
    """
    w, b = parameters(step)
    handed_down: list[Tensor] = []
    kept: list[Tensor] = []
    for part in rule.parts(step, w, b):
        bias = relevance.new_zeros(()) if part.bias is None else part.bias
        z = part.z if part.z is not None else reduce(add, (apply(step.layer, a, v) for a, v in part.terms)) + bias
        stabiliser = torch.where(z < 0, z.new_tensor(-rule.epsilon), z.new_tensor(rule.epsilon))
        shared = relevance if part.share is None else part.share * relevance
        s = shared / (z + stabiliser)  # (N, O, ...)
        kept.append(per_sample(s * (bias + stabiliser)))
        handed_down += [a * transpose(step.layer, s, v, step.input.shape) for a, v in part.terms]
    return reduce(add, handed_down), reduce(add, kept)
