"""Guided backpropagation and deconvnet: the gradient's walk with another factor at each ReLU.

Both hand on positive values only, which draws sharp pictures of what excites the network. Neither adds up to the
target, nor is linear in it, and both change little when the weights of upper layers are randomised (Adebayo et al.
2018, arXiv 1810.03292): read them as pictures of features, not as evidence.
"""

from __future__ import annotations

from torch import Tensor

from rlxai.attribution.chain_rule import derivative, gate
from rlxai.attribution.layers import Forward, Step
from rlxai.attribution.method import Method, Relevance


def guided(step: Step, c: Tensor) -> Tensor:
    """c_i = 1[a_i > 0] max(c_i, 0): (N, ...) -> (N, ...)."""
    return gate(step, c).relu_()


def deconvolved(step: Step, c: Tensor) -> Tensor:
    """c_i = max(c_i, 0), whatever the activation: (N, ...) -> (N, ...)."""
    return c.relu()


def guided_backprop(forward: Forward, weights: Tensor) -> Relevance:
    """Guided backpropagation (Springenberg et al. 2015, sec. 3.4): at a ReLU, c_i = 1[a_i > 0] 1[c_i > 0] c_i."""
    return Relevance(derivative(forward.steps, weights, "guided-backprop", guided))


def deconvnet(forward: Forward, weights: Tensor) -> Relevance:
    """Deconvnet (Zeiler & Fergus 2014, sec. 2.1): at a ReLU, c_i = 1[c_i > 0] c_i."""
    return Relevance(derivative(forward.steps, weights, "deconvnet", deconvolved))


GUIDED_BACKPROP = Method(
    name="guided-backprop",
    family="gradient",
    summary="The gradient along active units, raising contributions alone.",
    formula="R = ∂target/∂x with 1[a > 0] 1[c > 0] c at each ReLU",
    paper="Springenberg et al. 2015, arXiv 1412.6806",
    run=guided_backprop,
    cost="2.3",
)

DECONVNET = Method(
    name="deconvnet",
    family="gradient",
    summary="Raising contributions projected back through all units, active or not.",
    formula="R = ∂target/∂x with 1[c > 0] c at each ReLU",
    paper="Zeiler & Fergus 2014, arXiv 1311.2901",
    run=deconvnet,
    cost="2.3",
)

METHODS = (GUIDED_BACKPROP, DECONVNET)
