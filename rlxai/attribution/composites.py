"""Composites of LRP rules: which layer gets which rule.

A composite of one's own makes a method of one's own, with a rule for each kind of layer or for single layers:

    >>> from rlxai.attribution import Composite, Epsilon, Gamma, ZBox, composite_method
    >>> special = {4: Gamma(0.5), "7": Epsilon(0.1)}
    >>> mine = Composite(conv=Gamma(0.25), linear=Epsilon(), first=ZBox(0, 1), layers=special)
    >>> method = composite_method("mine", mine)

`attribute(agent, observations, method=method)` then runs it like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from rlxai.attribution.layers import Forward, Step, is_linear
from rlxai.attribution.method import Method, Relevance
from rlxai.attribution.relevance_walk import descend, descend_from_last
from rlxai.attribution.rules import Epsilon, Rule
from rlxai.errors import InvalidValue


@dataclass(frozen=True)
class Composite:
    """Which rule each layer gets (Montavon et al. 2019, LNCS 11700:193): by its kind, its place, or one by one.

    ReLU and flatten pass relevance on unchanged. Of several rules for a layer the most special one wins: `layers`,
    then `first`, then the kind's.
    """

    conv: Rule
    linear: Rule
    first: Rule | None = None
    """Rule of the first layer that has weights, where it differs from its kind's."""
    pool: Rule = field(default_factory=Epsilon)
    """Rule of global average pooling. It has neither bias nor negative weights: no rule has anything to add to ε."""
    layers: Mapping[int | str, Rule] = field(default_factory=dict)
    """Rules of single layers, by place (0 is the network's first, ReLU and flatten count) or by name."""

    def rules(self, forward: Forward) -> dict[str, Rule]:
        """The rule of every convolution, linear and pooling layer, by layer name.

        Raises:
            InvalidValue: `layers` names a layer that the network lacks, or one that takes no rule.
        """
        linear = [step for step in forward.steps if is_linear(step.layer)]
        found = {step.name: self._of_kind(step) for step in linear}
        weighted = [step.name for step in linear if isinstance(step.layer, nn.Conv2d | nn.Linear)]
        if self.first is not None and weighted:
            found[weighted[0]] = self.first
        places = {place: step.name for place, step in enumerate(forward.steps)}
        for key, rule in self.layers.items():
            name = places.get(key) if isinstance(key, int) else key
            if name not in found:
                takers = ", ".join(f"{place} ({name})" for place, name in places.items() if name in found)
                raise InvalidValue(f"composite has a rule for layer {key!r}; layers that take one are {takers}")
            found[name] = rule
        return found

    def _of_kind(self, step: Step) -> Rule:
        match step.layer:
            case nn.Conv2d():
                return self.conv
            case nn.Linear():
                return self.linear
        return self.pool


def relevance_pass(forward: Forward, weights: Tensor, composite: Composite, method: str = "LRP") -> Relevance:
    """LRP from the outputs to the inputs.

    Starts from R_a = weights_a q_a, so that the relevance is linear in the target and inputs + kept = target.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        composite: a rule for every layer.
        method: the name that a refusal quotes.

    Raises:
        InvalidValue: a layer has no rule, or the composite a rule for no layer.
    """
    kept: dict[str, Tensor] = {}
    inputs = weights * forward.q  # (N, A)
    for step, relevance, lost in descend_from_last(forward, weights, composite.rules(forward), method):
        inputs = relevance
        if lost is not None:
            kept[step.name] = lost
    return Relevance(inputs, dict(reversed(kept.items())))


def layer_relevance(forward: Forward, weights: Tensor, composite: Composite, method: str = "LRP") -> dict[str, Tensor]:
    """Relevance at the input of every layer, by layer name from input to output.

    The first is that of the pixels (N, C, H, W), the same as `relevance_pass` gives; the others have the shapes of
    the activations. Arguments and errors as for `relevance_pass`.
    """
    walk = descend(forward, weights, composite.rules(forward), method)
    found = {step.name: relevance for step, relevance, _ in walk}
    return dict(reversed(found.items()))


def composite_method(name: str, composite: Composite, summary: str = "LRP by rules of one's own.") -> Method:
    """The method of a composite, for `attribute`, `explain_batch` and `register`."""
    return Method(
        name=name,
        family="LRP",
        summary=summary,
        formula="R_i = Σ_j c_ij / (z_j + ε sign z_j) R_j",
        paper="Montavon et al. 2019, LNCS 11700:193",
        run=lambda forward, weights: relevance_pass(forward, weights, composite, name),
        cost="2.5 to 6",
    )
