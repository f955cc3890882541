"""Layer-wise relevance propagation: composites of rules, and the walk from the output down to the pixels."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from rlxai.attribution.layers import Forward, Step, is_linear, refusal, unflatten
from rlxai.attribution.method import Method, Relevance, require
from rlxai.attribution.rules import Epsilon, Flat, Rule, ZPlus, propagate


@dataclass(frozen=True)
class Composite:
    """Which rule each layer gets (Montavon et al. 2019, LNCS 11700:193): by its kind, and one for the first layer.

    Global average pooling counts as a linear layer; ReLU and flatten pass relevance on unchanged.
    """

    conv: Rule
    linear: Rule
    first: Rule | None = None
    """Rule of the first layer that has weights, where it differs from its kind's."""

    def rule(self, step: Step, is_first: bool) -> Rule:
        """The rule of a convolution, linear or pooling layer."""
        if is_first and self.first is not None:
            return self.first
        return self.conv if isinstance(step.layer, nn.Conv2d) else self.linear


def relevance_pass(forward: Forward, weights: Tensor, composite: Composite, method: str = "LRP") -> Relevance:
    """LRP from the outputs to the inputs.

    Starts from R_a = weights_a q_a, so that the relevance is linear in the target and inputs + kept = target.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        composite: a rule for every layer.
        method: the name that a refusal quotes.

    Raises:
        InvalidValue: a layer has no rule.
    """
    relevance = weights * forward.q  # (N, A)
    kept: dict[str, Tensor] = {}
    first = next((step.name for step in forward.steps if isinstance(step.layer, nn.Conv2d | nn.Linear)), None)
    for step in reversed(forward.steps):
        if is_linear(step.layer):
            relevance, kept[step.name] = propagate(step, composite.rule(step, step.name == first), relevance)
        elif isinstance(step.layer, nn.Flatten):
            relevance = unflatten(step, relevance)
        elif not isinstance(step.layer, nn.ReLU):
            raise refusal(step, method)
    return Relevance(relevance, dict(reversed(kept.items())))


def lrp_epsilon(forward: Forward, weights: Tensor, *, epsilon: float) -> Relevance:
    """LRP-ε in every layer; for ε -> 0 this is gradient x input on a ReLU network."""
    require(epsilon > 0, "lrp-epsilon", "epsilon", epsilon, "above 0")
    return relevance_pass(forward, weights, Composite(Epsilon(epsilon), Epsilon(epsilon)), "lrp-epsilon")


def lrp_epsilon_plus_flat(forward: Forward, weights: Tensor, *, epsilon: float) -> Relevance:
    """LRP-ε in linear layers, z⁺ in convolutions, flat in the first layer."""
    require(epsilon > 0, "lrp-epsilon-plus-flat", "epsilon", epsilon, "above 0")
    composite = Composite(ZPlus(epsilon), Epsilon(epsilon), first=Flat(epsilon))
    return relevance_pass(forward, weights, composite, "lrp-epsilon-plus-flat")


LRP_EPSILON = Method(
    name="lrp-epsilon",
    family="LRP",
    summary="Contributions a_i w_ij to each layer's output, traced back to the pixels.",
    formula="R_i = Σ_j a_i w_ij / (z_j + ε sign z_j) R_j",
    paper="Bach et al. 2015, PLoS ONE 10:e0130140",
    run=lrp_epsilon,
    cost="3.3",
    options={"epsilon": 1e-6},
)

LRP_EPSILON_PLUS_FLAT = Method(
    name="lrp-epsilon-plus-flat",
    family="LRP",
    summary="ε in linear layers, raising contributions alone (z⁺) in convolutions, first layer spread evenly.",
    formula="R_i = Σ_j c_ij / Σ_i c_ij R_j; linear: c_ij = a_i w_ij, conv: a⁺_i w⁺_ij + a⁻_i w⁻_ij, first: 1",
    paper="Lapuschkin et al. 2019, Nat. Commun. 10:1096; Montavon et al. 2019, LNCS 11700:193",
    run=lrp_epsilon_plus_flat,
    cost="3.3",
    options={"epsilon": 1e-6},
)

METHODS = (LRP_EPSILON, LRP_EPSILON_PLUS_FLAT)
