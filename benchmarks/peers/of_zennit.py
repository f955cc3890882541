"""Zennit's composites, each registered for one batch, as in its examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from benchmarks.peers.libraries import load
from benchmarks.peers.peer import Peer


def peers(network: nn.Sequential, x: Tensor, chosen: Tensor) -> Iterator[Peer]:
    """All of Zennit that has a counterpart here; its occlusion wraps around the border, and has none."""
    zennit: Any = load("zennit", "zennit.attribution", "zennit.composites", "zennit.rules")
    weights = one_hot(chosen, network(x[:1]).shape[1]).to(x.dtype)
    attribution = zennit.attribution

    def by(method: str, composite: Any, what: str) -> Peer:
        def work() -> object:
            with attribution.Gradient(network, composite, attr_output=lambda q: weights * q) as attributor:
                return attributor(x)

        return Peer(method, "zennit", what, work)

    def averaged(method: str, kind: Any, what: str, **options: Any) -> Peer:
        return Peer(method, "zennit", what, lambda: kind(network, attr_output=weights, **options)(x))

    yield Peer("gradient", "zennit", "Gradient", lambda: attribution.Gradient(network, attr_output=weights)(x))
    yield averaged("integrated-gradients", attribution.IntegratedGradients, "IntegratedGradients, 32 steps", n_iter=32)
    yield averaged("smoothgrad", attribution.SmoothGrad, "SmoothGrad, 25 samples", n_iter=25)
    for method, (what, composite) in composites(zennit, x).items():
        yield by(method, composite, what)


def composites(zennit: Any, x: Tensor) -> dict[str, tuple[str, Any]]:
    """Zennit's name and composite of each method."""
    rules, named = zennit.rules, zennit.composites
    bounds = {"low": torch.zeros_like(x[:1]), "high": torch.ones_like(x[:1])}
    weighted = (nn.Conv2d, nn.Linear)

    def everywhere(rule: Any) -> Any:
        return named.LayerMapComposite([(nn.ReLU, rules.Pass()), (weighted, rule)])

    def by_kind(convolution: Any, linear: Any) -> list[tuple[Any, Any]]:
        return [(nn.ReLU, rules.Pass()), (nn.Conv2d, convolution), (nn.Linear, linear)]

    plus = rules.ZPlus(zero_params=["bias"])
    box = [(nn.Conv2d, rules.ZBox(**bounds))]
    return {
        "guided-backprop": ("GuidedBackprop", named.GuidedBackprop()),
        "deconvnet": ("DeconvNet", named.DeconvNet()),
        "excitation-backprop": ("ExcitationBackprop", named.ExcitationBackprop()),
        "lrp-epsilon": ("Epsilon", everywhere(rules.Epsilon(1e-6))),
        "lrp-gamma": ("Gamma, Epsilon", named.LayerMapComposite(by_kind(rules.Gamma(0.25), rules.Epsilon(1e-6)))),
        "lrp-alpha1beta0": ("AlphaBeta(1, 0)", everywhere(rules.AlphaBeta(1.0, 0.0))),
        "lrp-alpha2beta1": ("AlphaBeta(2, 1)", everywhere(rules.AlphaBeta(2.0, 1.0))),
        "lrp-epsilon-plus": ("EpsilonPlus", named.EpsilonPlus()),
        "lrp-epsilon-plus-flat": ("EpsilonPlusFlat", named.EpsilonPlusFlat()),
        "lrp-epsilon-alpha2beta1-flat": ("EpsilonAlpha2Beta1Flat", named.EpsilonAlpha2Beta1Flat()),
        "lrp-epsilon-gamma-box": ("EpsilonGammaBox", named.EpsilonGammaBox(**bounds)),
        "deep-taylor": ("ZPlus, ZBox", named.SpecialFirstLayerMapComposite(by_kind(plus, plus), box)),
    }
