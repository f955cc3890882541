"""The chain rule over saved activations, with the ReLU's factor left to the method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from rlxai.attribution.layers import Step, is_linear, parameters, refusal, run, transpose, unflatten

Rectifier = Callable[[Step, Tensor], Tensor]
"""What a method makes of a ReLU: (step, c by its output) -> c by its input, both (N, ...)."""


def gate(step: Step, c: Tensor) -> Tensor:
    """Derivative of the ReLU: c_i = 1[a_i > 0] c_i, hence nothing where a_i = 0."""
    return torch.ops.aten.threshold_backward(c, step.input, 0)  # type: ignore[no-any-return]  # one pass over memory


def pull_back(step: Step, c: Tensor, method: str = "gradient", relu: Rectifier = gate) -> Tensor:
    """Derivative by a layer's output (N, O, ...) -> derivative by its input (N, I, ...).

    Linear: c_i = Σ_j w_ij c_j. ReLU: as `relu` says, by default its derivative.

    Raises:
        InvalidValue: the layer's derivative is not known here.
    """
    if isinstance(step.layer, nn.ReLU):
        return relu(step, c)
    if isinstance(step.layer, nn.Flatten):
        return unflatten(step, c)
    if is_linear(step.layer):
        return transpose(step.layer, c, parameters(step)[0], step.input.shape)
    raise refusal(step, method)


def derivative(steps: Iterable[Step], weights: Tensor, method: str = "gradient", relu: Rectifier = gate) -> Tensor:
    """∂ Σ_a weights_a q_a / ∂ (input of the first of `steps`, which end at the output): (N, ...)."""
    c = weights  # (N, A)
    for step in reversed(tuple(steps)):
        c = pull_back(step, c, method, relu)
    return c


def rerun(steps: Sequence[Step], a: Tensor) -> tuple[Step, ...]:
    """The same layers on another input `a`, (N, ...) as the first step's."""
    found: list[Step] = []
    for step in steps:
        out = run(step.layer, a)
        found.append(replace(step, input=a, output=out, rectified=False))
        a = out
    return tuple(found)
