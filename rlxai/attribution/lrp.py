"""The named methods of layer-wise relevance propagation: each is a composite of rules.

All start from R_a = weights_a q_a. Deep Taylor and excitation backprop are positive by their rules, so that the map of
one positive output is; that of a difference of outputs is the difference of their maps, as in contrastive excitation
backprop, and signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from rlxai.attribution.composites import Composite, relevance_pass
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Option, Relevance, require, unknown
from rlxai.attribution.pixel_rules import Flat, ZBox
from rlxai.attribution.rules import AlphaBeta, Epsilon, Gamma, Rule, ZPlus


def _everywhere(rule: Rule, epsilon: float) -> Composite:
    return Composite(conv=rule, linear=rule, pool=Epsilon(epsilon))


def _by_kind(conv: Rule, epsilon: float, first: Rule | None = None) -> Composite:
    return Composite(conv=conv, linear=Epsilon(epsilon), first=first, pool=Epsilon(epsilon))


def _deep_taylor(epsilon: float) -> Composite:
    z_plus = ZPlus(epsilon, bias=False)
    return Composite(conv=z_plus, linear=z_plus, first=ZBox(0, 1, epsilon), pool=Epsilon(epsilon))


_COMPOSITES: dict[str, Callable[..., Composite]] = {
    "lrp-epsilon": lambda epsilon: _everywhere(Epsilon(epsilon), epsilon),
    "lrp-gamma": lambda gamma, epsilon: _by_kind(Gamma(gamma, epsilon), epsilon),
    "lrp-alpha1beta0": lambda epsilon: _everywhere(AlphaBeta(1, 0, epsilon), epsilon),
    "lrp-alpha2beta1": lambda epsilon: _everywhere(AlphaBeta(2, 1, epsilon), epsilon),
    "lrp-epsilon-plus": lambda epsilon: _by_kind(ZPlus(epsilon), epsilon),
    "lrp-epsilon-plus-flat": lambda epsilon: _by_kind(ZPlus(epsilon), epsilon, Flat(epsilon)),
    "lrp-epsilon-alpha2beta1-flat": lambda epsilon: _by_kind(AlphaBeta(2, 1, epsilon), epsilon, Flat(epsilon)),
    "lrp-epsilon-gamma-box": lambda gamma, epsilon: _by_kind(Gamma(gamma, epsilon), epsilon, ZBox(0, 1, epsilon)),
    "deep-taylor": _deep_taylor,
    "excitation-backprop": lambda epsilon: _everywhere(ZPlus(epsilon, bias=False), epsilon),
}
"""The composite of each method, by its options."""


def lrp_composite(method: str, **options: Option) -> Composite:
    """The composite of a named method, to look into or to hand to `layer_relevance`.

    Raises:
        InvalidValue: no LRP method has this name, or an option is unknown or outside its domain.
    """
    if method not in _COMPOSITES:
        raise unknown("LRP method", method, _COMPOSITES)
    named = next(candidate for candidate in METHODS if candidate.name == method)
    return _compose(method, named.resolve(options))


def _compose(method: str, options: Mapping[str, Option]) -> Composite:
    for option, value in options.items():
        require(float(value) > 0, method, option, value, "above 0")
    return _COMPOSITES[method](**options)


def _method(name: str, *, summary: str, formula: str, paper: str, cost: str, **options: float) -> Method:
    """The method of a named composite; all its options are positive numbers."""

    def run(forward: Forward, weights: Tensor, **chosen: Option) -> Relevance:
        return relevance_pass(forward, weights, _compose(name, chosen), name)

    return Method(name, "LRP", summary, formula, paper, run, cost=cost, options=options)


METHODS = (
    _method(
        "lrp-epsilon",
        summary="Contributions a_i w_ij to each layer's output, traced back to the pixels.",
        formula="R_i = Σ_j a_i w_ij / (z_j + ε sign z_j) R_j",
        paper="Bach et al. 2015, PLoS ONE 10:e0130140",
        cost="2.6",
        epsilon=1e-6,
    ),
    _method(
        "lrp-gamma",
        summary="ε in linear layers; in convolutions, contributions that raise the output count 1 + γ times.",
        formula="R_i = Σ_j c_ij / Σ_i c_ij R_j; linear: c_ij = a_i w_ij, conv: a_i (w_ij + γ w⁺_ij)",
        paper="Montavon et al. 2019, LNCS 11700:193",
        cost="4.0",
        gamma=0.25,
        epsilon=1e-6,
    ),
    _method(
        "lrp-alpha1beta0",
        summary="Only contributions that raise each layer's output, in every layer.",
        formula="R_i = Σ_j (a_i w_ij)⁺ / Σ_i (a_i w_ij)⁺ R_j",
        paper="Bach et al. 2015, PLoS ONE 10:e0130140",
        cost="3.8",
        epsilon=1e-6,
    ),
    _method(
        "lrp-alpha2beta1",
        summary="What raises each layer's output shares out twice the relevance, what lowers it takes one away.",
        formula="R_i = Σ_j (2 (a_i w_ij)⁺ / Σ_i (a_i w_ij)⁺ - (a_i w_ij)⁻ / Σ_i (a_i w_ij)⁻) R_j",
        paper="Bach et al. 2015, PLoS ONE 10:e0130140",
        cost="5.4",
        epsilon=1e-6,
    ),
    _method(
        "lrp-epsilon-plus",
        summary="ε in linear layers, raising contributions alone (z⁺) in convolutions.",
        formula="R_i = Σ_j c_ij / Σ_i c_ij R_j; linear: c_ij = a_i w_ij, conv: a⁺_i w⁺_ij + a⁻_i w⁻_ij",
        paper="Montavon et al. 2019, LNCS 11700:193",
        cost="3.6",
        epsilon=1e-6,
    ),
    _method(
        "lrp-epsilon-plus-flat",
        summary="ε in linear layers, raising contributions alone (z⁺) in convolutions, first layer spread evenly.",
        formula="R_i = Σ_j c_ij / Σ_i c_ij R_j; linear: c_ij = a_i w_ij, conv: a⁺_i w⁺_ij + a⁻_i w⁻_ij, first: 1",
        paper="Lapuschkin et al. 2019, Nat. Commun. 10:1096; Montavon et al. 2019, LNCS 11700:193",
        cost="2.6",
        epsilon=1e-6,
    ),
    _method(
        "lrp-epsilon-alpha2beta1-flat",
        summary="ε in linear layers, α2β1 in convolutions, first layer spread evenly.",
        formula="linear: c_ij = a_i w_ij, conv: 2 (a_i w_ij)⁺ / z⁺_j - (a_i w_ij)⁻ / z⁻_j, first: c_ij = 1",
        paper="Lapuschkin et al. 2019, Nat. Commun. 10:1096; Montavon et al. 2019, LNCS 11700:193",
        cost="3.2",
        epsilon=1e-6,
    ),
    _method(
        "lrp-epsilon-gamma-box",
        summary="ε in linear layers, γ in convolutions; in the first layer, distance from the box of pixel values.",
        formula="linear: c_ij = a_i w_ij, conv: a_i (w_ij + γ w⁺_ij), first: a_i w_ij - low w⁺_ij - high w⁻_ij",
        paper="Montavon et al. 2019, LNCS 11700:193",
        cost="3.9",
        gamma=0.25,
        epsilon=1e-6,
    ),
    _method(
        "deep-taylor",
        summary="Taylor expansion of each neuron at a root point: z⁺ without bias, z^B in the first layer.",
        formula="R_i = Σ_j c_ij / Σ_i c_ij R_j; c_ij = a_i w⁺_ij, first: a_i w_ij - low w⁺_ij - high w⁻_ij",
        paper="Montavon et al. 2017, Pattern Recognit. 65:211",
        cost="4.0",
        epsilon=1e-6,
    ),
    _method(
        "excitation-backprop",
        summary="A random walk from the output down to the pixels, along excitatory links alone.",
        formula="R_i = Σ_j a_i w⁺_ij / Σ_i a_i w⁺_ij R_j",
        paper="Zhang et al. 2018, IJCV 126:1084",
        cost="3.8",
        epsilon=1e-6,
    ),
)
