"""The gradient family: derivatives of the target, by the chain rule over the saved activations."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn

from rlxai.attribution.layers import Forward, Step, is_linear, parameters, per_sample, refusal, transpose, unflatten
from rlxai.attribution.method import Method, Relevance


def pull_back(step: Step, c: Tensor, method: str = "gradient") -> Tensor:
    """Derivative by a layer's output (N, O, ...) -> derivative by its input (N, I, ...).

    ReLU passes the derivative where its input is positive: c_i = 1[a_i > 0] c_j. Linear: c_i = Σ_j w_ij c_j.

    Raises:
        InvalidValue: the layer's derivative is not known here.
    """
    if isinstance(step.layer, nn.ReLU):
        return c * (step.input > 0)
    if isinstance(step.layer, nn.Flatten):
        return unflatten(step, c)
    if is_linear(step.layer):
        return transpose(step.layer, c, parameters(step)[0], step.input.shape)
    raise refusal(step, method)


def derivative(steps: Iterable[Step], weights: Tensor, method: str = "gradient") -> Tensor:
    """∂ Σ_a weights_a q_a / ∂ (input of the first of `steps`, which end at the output): (N, ...)."""
    c = weights  # (N, A)
    for step in reversed(tuple(steps)):
        c = pull_back(step, c, method)
    return c


def gradient(forward: Forward, weights: Tensor) -> Relevance:
    """∂target/∂x (Simonyan et al. 2014), signed."""
    return Relevance(derivative(forward.steps, weights))


def gradient_x_input(forward: Forward, weights: Tensor) -> Relevance:
    """Gradient times input, x ∂target/∂x (Shrikumar et al. 2016), and each bias's contribution b ∂target/∂b.

    A ReLU network is piecewise linear, so that the inputs' and the biases' contributions add up to the target.
    """
    c = weights
    kept: dict[str, Tensor] = {}
    for step in reversed(forward.steps):
        if is_linear(step.layer):
            kept[step.name] = per_sample(c * parameters(step)[1])
        c = pull_back(step, c, "gradient-x-input")
    return Relevance(forward.x * c, dict(reversed(kept.items())))


GRADIENT = Method(
    name="gradient",
    family="gradient",
    summary="How much the target rises per unit of brightness.",
    formula="R = ∂target/∂x",
    paper="Simonyan et al. 2014, arXiv 1312.6034",
    run=gradient,
    cost="3",
)

GRADIENT_X_INPUT = Method(
    name="gradient-x-input",
    family="gradient",
    summary="The gradient weighted by brightness: black pixels get none.",
    formula="R = x ∂target/∂x",
    paper="Shrikumar et al. 2016, arXiv 1605.01713",
    run=gradient_x_input,
    cost="3",
)

METHODS = (GRADIENT, GRADIENT_X_INPUT)
