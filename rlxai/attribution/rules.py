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

import math
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol

import torch
from torch import Tensor

from rlxai.attribution.layers import Step, apply, parameters, per_sample, transpose
from rlxai.errors import InvalidValue

Terms = tuple[tuple[Tensor | float, Tensor], ...]
"""Pairs (a', w'); a number stands for the same a' in all inputs."""


@dataclass(frozen=True)
class Part:
    """Terms (a', w') over one common denominator; a rule has one part, or several that share R between them.

    `z` may be given where it is known already; `share` is the part of R_j that is shared out by these terms, by
    default all of it.
    """

    terms: Terms
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
    """LRP-ε: c_ij = a_i w_ij, with the bias b_j. Bach et al. 2015 (PLoS ONE 10:e0130140), eq. 58.

    With ε small enough to be a mere stabiliser this is LRP-0.
    """

    epsilon: float = 1e-6

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part; z is the layer's own output."""
        return (Part(((step.input, w),), b, z=step.output),)


@dataclass(frozen=True)
class Gamma:
    """LRP-γ: c_ij = a_i (w_ij + γ w⁺_ij), with b_j + γ b⁺_j. Montavon et al. 2019 (LNCS 11700:193).

    Generalised to inputs and outputs of either sign (Andéol et al. 2021, arXiv 2106.04923): what favours the output's
    own sign is raised, so that the denominator cannot cross zero. The bias is an input of 1, as Zennit has it.

        z_j >= 0:  c_ij = a⁺_i (w_ij + γ w⁺_ij) + a⁻_i (w_ij + γ w⁻_ij),  bias b_j + γ b⁺_j
        z_j < 0:   c_ij = a⁺_i (w_ij + γ w⁻_ij) + a⁻_i (w_ij + γ w⁺_ij),  bias b_j + γ b⁻_j
    """

    gamma: float = 0.25
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        if self.gamma < 0:
            raise InvalidValue(f"gamma must be at least 0, met {self.gamma!r}")

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part for outputs z >= 0, one for z < 0; behind a ReLU the latter have no relevance and cost nothing."""
        a = step.input
        up, down = w + self.gamma * w.clamp(min=0), w + self.gamma * w.clamp(max=0)
        b_up, b_down = b + self.gamma * b.clamp(min=0), b + self.gamma * b.clamp(max=0)
        above = (step.output >= 0).to(a.dtype)
        # The denominators are z + γ z⁺ and z + γ (z - z⁺), with z⁺ the contributions that raise z: no further pass.
        z, z_plus = step.output, step.raised + b.clamp(min=0)
        z_up = torch.add(z, z_plus, alpha=self.gamma)
        z_down = torch.add((1 + self.gamma) * z, z_plus, alpha=-self.gamma)
        if step.nonnegative:
            return Part(((a, up),), b_up, z_up, above), Part(((a, down),), b_down, z_down, 1 - above)
        plus, minus = a.clamp(min=0), a.clamp(max=0)
        return (
            Part(((plus, up), (minus, down)), b_up, z_up, above),
            Part(((plus, down), (minus, up)), b_down, z_down, 1 - above),
        )


@dataclass(frozen=True)
class ZPlus:
    """LRP-z⁺ (α1β0): c_ij = a⁺_i w⁺_ij + a⁻_i w⁻_ij, with b⁺_j. Bach et al. 2015, eq. 60.

    x⁺ = max(x, 0), x⁻ = min(x, 0): all contributions that raise the output, for inputs of either sign. Deep Taylor
    decomposition (Montavon et al. 2017) and excitation backprop (Zhang et al. 2018) leave the bias out.
    """

    epsilon: float = 1e-6
    bias: bool = True
    """Whether the bias takes its share."""

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """One part; the second term vanishes where inputs are known not to be negative."""
        if not self.bias:
            return (Part(_raising(step, w), z=step.raised),)
        b_up = b.clamp(min=0)
        return (Part(_raising(step, w), b_up, z=step.raised + b_up),)


@dataclass(frozen=True)
class AlphaBeta:
    """LRP-αβ: α R_j is shared out by what raises z_j, -β R_j by what lowers it; α - β = 1. Bach et al. 2015, eq. 60.

        α:   c_ij = a⁺_i w⁺_ij + a⁻_i w⁻_ij, with b⁺_j
        -β:  c_ij = a⁺_i w⁻_ij + a⁻_i w⁺_ij, with b⁻_j

    An output that nothing lowers hands down α R_j all the same; the ledger shows the -β R_j as kept.
    """

    alpha: float = 2.0
    beta: float = 1.0
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        if self.beta < 0 or not math.isclose(self.alpha - self.beta, 1):
            raise InvalidValue(
                f"alpha - beta must be 1 and beta at least 0, met alpha {self.alpha!r}, beta {self.beta!r}"
            )

    def parts(self, step: Step, w: Tensor, b: Tensor) -> tuple[Part, ...]:
        """Two parts, or one where β = 0."""
        raising, b_up = _raising(step, w), b.clamp(min=0)
        z_up = step.raised + b_up
        if self.beta == 0:
            return (Part(raising, b_up, z=z_up),)
        # What lowers z is what is left of it: no second pass over the inputs.
        z_down = (step.output - z_up).clamp(max=0)
        a = step.input
        lowering: Terms = ((a, w.clamp(max=0)),)
        if not step.nonnegative:
            lowering = ((a.clamp(min=0), w.clamp(max=0)), (a.clamp(max=0), w.clamp(min=0)))
        return (
            Part(raising, b_up, z=z_up, share=self.alpha),
            Part(lowering, b.clamp(max=0), z=z_down, share=-self.beta),
        )


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
        shared = relevance if part.share is None else part.share * relevance
        if isinstance(part.share, Tensor) and shared.abs().sum() == 0:
            continue  # its contributions would be multiplied by 0
        bias = relevance.new_zeros(()) if part.bias is None else part.bias
        z = part.z if part.z is not None else _total(step, part.terms) + bias
        if part.bias is None and z.shape[1] == 1 and all(v.shape[:1] == (1,) for _, v in part.terms):
            shared = shared.sum(1, keepdim=True)  # all channels of the output are alike
        stabiliser = torch.copysign(z.new_tensor(rule.epsilon), z + 0)  # + 0, as -0 is to count as plus
        s = shared / (z + stabiliser)  # (N, O, ...)
        kept.append(per_sample(s * (bias + stabiliser)))
        handed_down += [_times(a, transpose(step.layer, s, v, step.input.shape), step) for a, v in part.terms]
    if not kept:
        return torch.zeros_like(step.input), relevance.new_zeros(len(relevance))
    return reduce(add, handed_down), reduce(add, kept)


def _total(step: Step, terms: Terms) -> Tensor:
    """Σ_i c_ij for every output j."""
    return reduce(add, (apply(step.layer, _spread(a, step), w) for a, w in terms))


def _spread(a: Tensor | float, step: Step) -> Tensor:
    """Inputs a' as (N, I, ...), or as (1, I, ...) where it is the same for all samples."""
    return a if isinstance(a, Tensor) else step.input.new_full((), a).expand(1, *step.input.shape[1:])


def _times(a: Tensor | float, c: Tensor, step: Step) -> Tensor:
    """Product a' c for every input: (N, I, ...)."""
    return (c if isinstance(a, float) and a == 1 else a * c).expand(step.input.shape)


def _raising(step: Step, w: Tensor) -> Terms:
    """a⁺ w⁺ + a⁻ w⁻: the contributions that raise the output."""
    a = step.input
    if step.nonnegative:
        return ((a, w.clamp(min=0)),)
    return (a.clamp(min=0), w.clamp(min=0)), (a.clamp(max=0), w.clamp(max=0))
