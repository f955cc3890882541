"""What an object is worth to an agent: its target with the object in the state, minus its target without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np
import torch

from rlxai.attribution import Target
from rlxai.networks import Agent
from rlxai.strategy.interventions import effects, object_value, per_spread, target_values
from rlxai.training.probes import ProbeStates


def object_values(agent: Agent, probes: ProbeStates, targets: Sequence[Target]) -> Iterator[tuple[str, str, float]]:
    """The counterfactual value of each object for which the probe states have edits.

        value = mean over edits e and states x that e changes of  t(x) - t(e(x))   where e takes the object away
                                                                  t(e(x)) - t(x)   where e puts it there

    with t(x') = sum_a w_a(x) q_a(x'): the weights w of the target, and so its greedy action, are those of the real
    state. The same per spread is the value divided by the standard deviation of t over the probe states: an agent's
    Q-values grow while it learns, and their differences with them.

    Args:
        agent: whose network is asked.
        probes: states with edits of them.
        targets: not `taken`.

    Yields:
        (name of the target, measure, number); measures are the object's name, and that with "_per_spread".
    """
    outputs = agent.q_values(probes.observations)  # (N, A)
    weights = [target.weights(torch.as_tensor(outputs)).numpy() for target in targets]  # each (N, A)
    for name, states in probes.edited.items():
        found: list[list[np.ndarray]] = [[] for _ in targets]
        for observations in states.observations:
            changed = (observations != probes.observations).any(axis=(1, 2, 3))
            after = agent.q_values(observations[changed])
            for parts, w in zip(found, weights, strict=True):
                parts.append(effects(w[changed], outputs[changed], after))
        for target, parts, w in zip(targets, found, weights, strict=True):
            all_found = np.concatenate(parts)
            if not len(all_found):
                continue
            value = object_value(all_found, adds=states.adds)
            yield target.name, name, value
            if isfinite(scaled := per_spread(value, target_values(w, outputs))):
                yield target.name, f"{name}_per_spread", scaled
