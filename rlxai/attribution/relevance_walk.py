"""The walk of relevance from the outputs down to the pixels, layer by layer, each by its rule.

Composites often agree on the upper layers: the ε rule in linear layers is common to most. A walk therefore leaves its
stages with the forward pass, and the next one starts where the rules part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rlxai.attribution.layers import Forward, Step, refusal, unflatten
from rlxai.attribution.pixel_rules import Flat, WSquare, ZBox
from rlxai.attribution.rules import AlphaBeta, Epsilon, Gamma, Rule, ZPlus, propagate

_IMMUTABLE = (Epsilon, Gamma, ZPlus, AlphaBeta, ZBox, Flat, WSquare)
"""Rules that are what their options say; one of a user's own might change between two walks."""


@dataclass(frozen=True)
class _Stage:
    rule: Rule | None
    relevance: Tensor
    kept: Tensor | None


@dataclass(frozen=True)
class _Walk:
    weights: Tensor
    stages: list[_Stage]


def descend(
    forward: Forward, weights: Tensor, rules: Mapping[str, Rule], method: str
) -> Iterator[tuple[Step, Tensor, Tensor | None]]:
    """Layers from the output to the input, each with the relevance of its input and what it kept (N,), if it can.

    Starts from R_a = weights_a q_a. ReLU and flatten pass relevance on unchanged.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        rules: the rule of every layer that takes one, by name.
        method: the name that a refusal quotes.

    Raises:
        InvalidValue: a layer has no rule, and needs one.
    """
    relevance = weights * forward.q  # (N, A)
    for step in reversed(forward.steps):
        relevance, kept = _pass_on(step, rules.get(step.name), relevance, method)
        yield step, relevance, kept


def descend_from_last(
    forward: Forward, weights: Tensor, rules: Mapping[str, Rule], method: str
) -> Iterator[tuple[Step, Tensor, Tensor | None]]:
    """The same walk; what the last one on this forward pass had in common with it is not computed again.

    Stages down to the lowest layer that takes a rule are kept, of one walk: no more memory than it needs itself. Only
    the relevance of the last step yielded is the caller's to change.
    """
    last = forward.memo.get("lrp")
    known = last.stages if isinstance(last, _Walk) and torch.equal(last.weights, weights) else []
    stages: list[_Stage] = []
    relevance = weights * forward.q  # (N, A)
    lowest = next((step.name for step in forward.steps if step.name in rules), None)
    share = True
    for i, step in enumerate(reversed(forward.steps)):
        rule = rules.get(step.name)
        share = share and step.name != lowest and (rule is None or type(rule) in _IMMUTABLE)
        if share and i < len(known) and known[i].rule == rule:
            stage = known[i]
        else:
            known = []
            stage = _Stage(rule, *_pass_on(step, rule, relevance, method))
        if share:
            stages.append(stage)
        relevance = stage.relevance
        yield step, relevance, None if stage.kept is None else stage.kept.clone()
    forward.memo["lrp"] = _Walk(weights.clone(), stages)


def _pass_on(step: Step, rule: Rule | None, relevance: Tensor, method: str) -> tuple[Tensor, Tensor | None]:
    """Relevance of a layer's output -> that of its input, and what the layer kept (N,), if it can."""
    if rule is not None:
        return propagate(step, rule, relevance)
    if isinstance(step.layer, nn.Flatten):
        return unflatten(step, relevance), None
    if not isinstance(step.layer, nn.ReLU):
        raise refusal(step, method)
    return relevance, None
