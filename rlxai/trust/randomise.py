"""Networks of which some layers are drawn anew: what a map must notice if it is about what was learned."""

from __future__ import annotations

from collections.abc import Collection

from rlxai.networks import Agent, describe
from rlxai.networks.architecture import with_weights
from rlxai.strategy import random_agent

SEED = 1_610_612_741
"""Of the drawn layers: the same at every look, so that the scores of two looks differ by the agent alone.

No training should have this seed: its untrained network would get back the very layers that it has."""


def weighted_layers(agent: Agent) -> list[str]:
    """Names of the layers that have weights, from the output down."""
    return list(dict.fromkeys(name.split(".")[0] for name in reversed(agent.network.state_dict())))


def with_random_layers(agent: Agent, layers: Collection[str], seed: int) -> Agent:
    """The agent with PyTorch's initial weights in some layers; global generators stay as they are.

    Args:
        agent: copied.
        layers: names, see `weighted_layers`.
        seed: of the weights.
    """
    weights = dict(agent.network.state_dict())
    fresh = random_agent(agent, seed).network.state_dict()
    weights |= {name: weight for name, weight in fresh.items() if name.split(".")[0] in layers}
    network = with_weights(describe(agent.network), weights)
    return Agent(network, agent.actions, agent.preprocessing, game=agent.game, outputs=agent.outputs)


def with_random_head(agent: Agent, seed: int = SEED) -> Agent:
    """The agent with PyTorch's initial weights in its output layer alone.

    Maps that stay the same then cannot tell why an action was chosen (Huber et al. 2022 found such methods by the same
    test). Cheap enough for a look during training.
    """
    return with_random_layers(agent, weighted_layers(agent)[:1], seed)


def randomisations(agent: Agent, seed: int = SEED) -> dict[tuple[str, int], Agent]:
    """All networks of both tests, by (test, place): place 1 is the output layer, counted down to the input.

    cascading: this layer and all above it; independent: this layer alone. Adebayo et al. 2018 (arXiv 1810.03292),
    section 4.
    """
    layers = weighted_layers(agent)
    found = {}
    for place, layer in enumerate(layers, start=1):
        found["cascading", place] = with_random_layers(agent, layers[:place], seed)
        alone = place == 1  # the first of either test is the same network
        found["independent", place] = found["cascading", 1] if alone else with_random_layers(agent, [layer], seed)
    return found
