"""A network without some of its units: their activations held at a constant, whatever they see.

Ablation by the mean activation, as in Hilton et al. 2020 (doi 10.23915/distill.00029) and Morcos et al. 2018: a unit
held at zero is often further from anything the layers above ever met. What changes says what the network cannot do
without; what does not change may be done by other units as well.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.features.layers import UnitLayer
from rlxai.networks import Agent, describe
from rlxai.networks.architecture import with_weights


def without_units(agent: Agent, layer: UnitLayer, units: Sequence[int], held_at: np.ndarray) -> Agent:
    """The agent with some units of a layer constant: incoming weights 0, bias the constant.

    Args:
        agent: is left as it is.
        layer: of the agent, see `unit_layers`.
        units: indices of units.
        held_at: float (U,), not negative: the value of each unit of the layer behind its ReLU.

    Raises:
        InvalidValue: a unit is not in the layer, or a value is negative, which no ReLU gives.
    """
    if any(not 0 <= unit < layer.units for unit in units):
        raise InvalidValue(f"units of {layer.name} go from 0 to {layer.units - 1}, met {', '.join(map(str, units))}")
    if (np.asarray(held_at) < 0).any():
        raise InvalidValue(f"values of units behind a ReLU are not negative, met {float(np.min(held_at))}")
    weights = {name: weight.clone() for name, weight in agent.network.state_dict().items()}
    for unit in units:
        weights[f"{layer.index}.weight"][unit] = 0
        weights[f"{layer.index}.bias"][unit] = float(held_at[unit])
    network = with_weights(describe(agent.network), weights)
    return Agent(network, agent.actions, agent.preprocessing, game=agent.game, outputs=agent.outputs, step=agent.step)
