"""The numbers that tell where an agent looks, and how far that can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rlxai.attribution import Attribution, Target, attribute
from rlxai.networks import Agent
from rlxai.strategy import ledger, summarise
from rlxai.training.counterfactual import object_values
from rlxai.training.explanation_table import Measure
from rlxai.training.probes import ProbeStates
from rlxai.trust.randomise import with_random_head
from rlxai.trust.similarity import rank_correlation

COUNTERFACTUAL = "counterfactual"


def measures(agent: Agent, probes: ProbeStates, methods: Sequence[str], target: Target, step: int) -> Iterator[Measure]:
    """Everything that `ExplanationCallback` logs at a step.

    Args:
        agent: as it is now.
        probes: the states.
        methods: names of attribution methods.
        target: what is explained; the counterfactual values are also given for `value`, the mean of the outputs.
        step: of the training.
    """
    stranger = with_random_head(agent)
    for method in methods:
        result = attribute(agent, probes.observations, method, target)
        for name, value in scalars(result, probes):
            yield Measure(step, method, target.name, name, value)
        other = attribute(stranger, probes.observations, method, target)
        correlation = rank_correlation(result.relevance, other.relevance)
        if np.isfinite(correlation).any():
            yield Measure(step, method, target.name, "randomisation", float(np.nanmean(correlation)))
    asked = {asked.name: asked for asked in (target, Target("value"))}
    for of, name, value in object_values(agent, probes, list(asked.values())):
        yield Measure(step, COUNTERFACTUAL, of, name, value)


def scalars(result: Attribution, probes: ProbeStates) -> Iterator[tuple[str, float]]:
    """Share and lift of each object that occurs; for methods that account for what layers keep, two more.

        bias_share         = sum |kept| / sum |target|
        conservation_error = sum |inputs + kept - target| / sum |target|

    Args:
        result: the explanation of the probe states.
        probes: the states.
    """
    account = ledger(result.relevance, probes.masks)
    for index, name in enumerate(probes.names):
        summary = summarise(account, index)
        if summary.decisions:
            yield f"share_{name}", summary.share
            yield f"lift_{name}", summary.lift
    total = float(np.abs(result.target).sum())
    if result.bias is not None and total > 0:
        inputs = result.relevance.sum(axis=(1, 2, 3), dtype=np.float64)
        yield "bias_share", float(np.abs(result.bias).sum()) / total
        yield "conservation_error", float(np.abs(inputs + result.bias - result.target).sum()) / total
