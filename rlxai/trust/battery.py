"""All tests of the maps of one network, one method and one target: a number per state and test.

| score                                | what it is                                                          |
|--------------------------------------|---------------------------------------------------------------------|
| faithfulness/FILL                    | `rlxai.trust.faithfulness`; above-random/, above-edges/: minus that of random orders, of an edge detector |
| pointing/, rank-accuracy/, iou/OBJECT | `rlxai.trust.localisation`, each with its -chance/OBJECT            |
| sanity/MEASURE/TEST/PLACE            | `rlxai.trust.sanity`, place 1 is the output layer, all: every layer; sanity/MEASURE/unrelated: maps of two random networks |
| actions, neurons                     | similarity of the maps of different actions, of different units     |
| conservation/error, /kept            | `rlxai.trust.conservation`                                          |
| continuity/noise, continuity/NUDGE   | `rlxai.trust.continuity`                                            |
| shift/follows/S, shift/stays/S       | likewise                                                            |
| implementation/twin, /readable       | `rlxai.trust.implementation`                                        |
| empty                                | 1 where the map is zero everywhere                                  |
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import torch

from rlxai.attribution import Method
from rlxai.networks import Agent
from rlxai.trust.conservation import conservation
from rlxai.trust.continuity import change_under, max_sensitivity, shift_behaviour
from rlxai.trust.controls import EDGES
from rlxai.trust.faithfulness import Curves, Ends, faithfulness, fill_curves, target_spread
from rlxai.trust.implementation import readable_difference, twin_difference
from rlxai.trust.localisation import localisation
from rlxai.trust.maps import Maps, explain, target_weights
from rlxai.trust.randomise import SEED, randomisations, weighted_layers, with_random_layers
from rlxai.trust.sanity import action_similarity, neuron_similarity, parameter_randomisation, similarities
from rlxai.trust.states import States

RANDOM_ORDERS = 3
"""Random orders that the faithfulness of a map is compared with; their mean counts."""
FEW = 16
"""States on which tests are done that ask for many maps."""
_NAMES = {"hit": "pointing", "rank": "rank-accuracy", "iou": "iou"}

Scores = dict[str, np.ndarray]
"""float64 (N,) by score; NaN where a test was not done or says nothing."""


@dataclass(frozen=True)
class Tested:
    """What the tests of one method found."""

    scores: Scores
    curves: Mapping[str, Curves]
    """Of deletion and insertion, by fill."""


class Battery:
    """The tests of one network and one target on given states; what all methods share is computed once.

    Args:
        agent: whose network is explained.
        states: that it is explained on.
        target: see `Target`.
        networks: of `drawn_networks`, where they are known already.
    """

    def __init__(
        self, agent: Agent, states: States, target: str, networks: Mapping[tuple[str, int], Agent] | None = None
    ) -> None:
        self.agent, self.states, self.target = agent, states, target
        self.networks = drawn_networks(agent) if networks is None else networks
        self.few = np.unique(np.linspace(0, len(states) - 1, FEW).round().astype(int))
        self._some = states.some(self.few)
        self._ends = Ends.of(agent.network, states.x, states.fills)
        self._weights = target_weights(agent.network, states.x, target)

    def test(self, method: Method) -> Tested:
        """All scores of a method, (N,) each, and its curves."""
        network, x, weights = self.agent.network, self.states.x, self._weights
        maps = explain(network, x, weights, method)
        curves = fill_curves(network, x, weights, maps.relevance, self.states.fills, self._ends)
        return Tested({**self._on_all(maps, curves), **self._on_few(method, maps.relevance[self.few])}, curves)

    @property
    def scale(self) -> float:
        """Standard deviation of the target over the states: the unit of faithfulness and of curves."""
        return target_spread(self._ends, self._weights)

    @cached_property
    def baselines(self) -> dict[str, dict[str, np.ndarray]]:
        """Faithfulness of orders that know nothing of the network, by order (random, edges) and fill."""
        shape = (RANDOM_ORDERS, *self.states.x.shape)
        noise = np.random.default_rng(SEED).standard_normal((shape[0], shape[1], 1, *shape[3:]), np.float32)
        edges = explain(self.agent.network, self.states.x, self._weights, EDGES).relevance
        drawn = [self._faithfulness(np.broadcast_to(one, shape[1:])) for one in noise]
        random = {fill: np.mean([one[fill] for one in drawn], axis=0) for fill in self.states.fills}
        return {"random": random, "edges": self._faithfulness(edges)}

    def _faithfulness(self, relevance: np.ndarray) -> dict[str, np.ndarray]:
        return faithfulness(self.agent.network, self.states.x, self._weights, relevance, self.states.fills, self._ends)

    def _on_all(self, maps: Maps, curves: Mapping[str, Curves]) -> Scores:
        """Tests that need no other map."""
        found: Scores = {"empty": (maps.relevance == 0).all(axis=(1, 2, 3)).astype(np.float64)}
        for fill, of_fill in curves.items():
            values = of_fill.faithfulness(self.scale)
            found[f"faithfulness/{fill}"] = values
            for order, baseline in self.baselines.items():
                found[f"above-{order}/{fill}"] = values - baseline[fill]
        for name, masks in self.states.masks.items():
            for key, values in asdict(localisation(maps.relevance, masks)).items():
                measure, _, chance = key.partition("_")
                found[f"{_NAMES[measure]}{chance and '-chance'}/{name}"] = values
        error, kept = conservation(maps, self._ends.x, self._weights)
        return found | {"conservation/error": error, "conservation/kept": kept}

    def _on_few(self, method: Method, maps: np.ndarray) -> Scores:
        """Tests that compare with further maps, on few states."""
        network, x, weights = self.agent.network, self._some.x, self._weights[torch.from_numpy(self.few)]
        given = network, x, weights, method, maps
        found: Scores = {}
        networks = {key: agent for key, agent in self.networks.items() if key[0] != "unrelated"}
        deepest = max(place for _, place in networks)
        for (measure, test, place), values in parameter_randomisation(networks, x, weights, method, maps).items():
            every = test == "cascading" and place == deepest
            found[f"sanity/{measure}/{test}/{'all' if every else place}"] = values
        pair = networks["cascading", deepest], self.networks["unrelated", 0]
        one, other = (explain(agent.network, x, weights, method).relevance for agent in pair)
        found |= {f"sanity/{measure}/unrelated": values for measure, values in similarities(one, other).items()}
        kind = "advantage" if self.target.startswith(("advantage", "contrast")) else "single"
        if self.target != "value":
            found["actions"] = action_similarity(network, x, len(self.agent.actions), method, kind)
        found["neurons"] = neuron_similarity(network, x, method)
        found["continuity/noise"] = max_sensitivity(*given)
        changes = change_under(network, self._some.nudged, weights, method, maps)
        found |= {f"continuity/{name}": values for name, values in changes.items()}
        found |= {f"shift/{way}/{cells}": values for (way, cells), values in shift_behaviour(*given).items()}
        found["implementation/twin"] = twin_difference(*given)
        found["implementation/readable"] = readable_difference(*given)
        return {name: self._spread(values) for name, values in found.items()}

    def _spread(self, values: np.ndarray) -> np.ndarray:
        """(few,) -> (N,), NaN elsewhere."""
        everywhere = np.full(len(self.states), np.nan)
        everywhere[self.few] = values
        return everywhere


def drawn_networks(agent: Agent) -> dict[tuple[str, int], Agent]:
    """The networks of the sanity checks, and one more that is wholly random: (unrelated, 0)."""
    unrelated = with_random_layers(agent, weighted_layers(agent), SEED + 1)
    return {**randomisations(agent), ("unrelated", 0): unrelated}
