"""Hidden units: how much of the target each carries, and the map of what a single one of them sees.

The layer is the last hidden linear one, whose activations the outputs are read from. All is z⁺ (`ZPlus`), whose
relevance has the sign of what it starts from.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from rlxai.attribution.composites import Composite, relevance_pass
from rlxai.attribution.layers import Forward, Step, exact_arithmetic
from rlxai.attribution.rules import ZPlus, propagate
from rlxai.errors import InvalidValue

Z_PLUS = Composite(conv=ZPlus(), linear=ZPlus())
"""z⁺ in every layer, the first included."""


def unit_relevance(forward: Forward, weights: Tensor) -> Tensor:
    """Relevance R_k of each hidden unit for the target, by z⁺ in the output layer.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.

    Returns:
        (N, U); the units' biases and stabilisers keep the rest of the target.

    Raises:
        InvalidValue: the network has no hidden linear layer.
    """
    _hidden_steps(forward)
    with exact_arithmetic(forward.q.device):
        return propagate(forward.steps[-1], ZPlus(), weights * forward.q)[0]


def unit_maps(forward: Forward, sample: int, units: Tensor) -> Tensor:
    """Map of each unit for one sample: where the units' activation comes from, by z⁺ in every layer below.

    Each map starts from a relevance of 1 in its unit, so that Σ_p R_p^k is at most 1 (biases keep the rest), whatever
    the scale of the activations.

    Args:
        forward: the forward pass explained.
        sample: which of its N.
        units: (M,) indices of hidden units.

    Returns:
        (M, C, H, W), not negative; zero for a unit that is not active.

    Raises:
        InvalidValue: the network has no hidden linear layer.
    """
    steps = tuple(_repeated(step, sample, len(units)) for step in _hidden_steps(forward))
    cut = Forward(nn.Sequential(OrderedDict((step.name, step.layer) for step in steps)), steps)
    with exact_arithmetic(cut.q.device):
        chosen = one_hot(units.to(cut.q.device), cut.q.shape[1]).to(cut.q.dtype)  # (M, U)
        activation = (chosen * cut.q).sum(1, keepdim=True)
        start = torch.where(activation > 0, chosen / activation, 0)
        return relevance_pass(cut, start, Z_PLUS, "z⁺ of a hidden unit").inputs


def _hidden_steps(forward: Forward) -> tuple[Step, ...]:
    """All steps up to the activations that the outputs are read from."""
    layers = [step.layer for step in forward.steps]
    if len(layers) < 3 or not (
        isinstance(layers[-1], nn.Linear) and isinstance(layers[-2], nn.ReLU) and isinstance(layers[-3], nn.Linear)
    ):
        ends = ", ".join(type(layer).__name__ for layer in layers[-3:])
        raise InvalidValue(f"hidden units need a network that ends in Linear, ReLU, Linear; this one ends in {ends}")
    return forward.steps[:-1]


def _repeated(step: Step, sample: int, times: int) -> Step:
    one = slice(sample, sample + 1)
    return replace(
        step,
        input=step.input[one].expand(times, *step.input.shape[1:]),
        output=step.output[one].expand(times, *step.output.shape[1:]),
    )
