"""The gradient family: derivatives of the target, by the chain rule over the saved activations.

This file has the plain ones; `path` averages gradients over several inputs, `modified_relu` and `deeplift` put
something else in the place of the ReLU's derivative.
"""

from __future__ import annotations

from torch import Tensor

from rlxai.attribution import deeplift, modified_relu, path
from rlxai.attribution.chain_rule import derivative, pull_back
from rlxai.attribution.layers import Forward, is_linear, parameters, per_sample
from rlxai.attribution.method import Method, Relevance

__all__ = ["METHODS", "derivative", "gradient", "gradient_x_input", "pull_back", "sensitivity"]


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


def sensitivity(forward: Forward, weights: Tensor) -> Relevance:
    """|∂target/∂x|: how strongly the target reacts to a pixel, whichever way (Simonyan et al. 2014, sec. 3.1)."""
    return Relevance(derivative(forward.steps, weights, "sensitivity").abs())


GRADIENT = Method(
    name="gradient",
    family="gradient",
    summary="How much the target rises per unit of brightness.",
    formula="R = ∂target/∂x",
    paper="Simonyan et al. 2014, arXiv 1312.6034",
    run=gradient,
    cost="2.3",
)

GRADIENT_X_INPUT = Method(
    name="gradient-x-input",
    family="gradient",
    summary="The gradient weighted by brightness: black pixels get none.",
    formula="R = x ∂target/∂x",
    paper="Shrikumar et al. 2016, arXiv 1605.01713",
    run=gradient_x_input,
    cost="2.4",
)

SENSITIVITY = Method(
    name="sensitivity",
    family="gradient",
    summary="How strongly the target reacts to a pixel's brightness, up or down.",
    formula="R = |∂target/∂x|",
    paper="Simonyan et al. 2014, arXiv 1312.6034",
    run=sensitivity,
    signed=False,
    cost="2.3",
)

METHODS = (GRADIENT, GRADIENT_X_INPUT, SENSITIVITY, *path.METHODS, *modified_relu.METHODS, *deeplift.METHODS)
