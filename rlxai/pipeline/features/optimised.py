"""Inputs optimised for units, as cards show them: from black, and near the strongest real frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from rlxai.features.canvas import Optimisation
from rlxai.features.layers import UnitLayer, below, output_units
from rlxai.features.maximise import Objective, maximise, output_objective, unit_objective
from rlxai.networks import Agent
from rlxai.pipeline.features.states import newest_last

FREE = Optimisation(l2=0.02, tv=0.5, scale=0.02)
"""Search from black: in frequencies, as pixels one by one find no way from there."""
NEAR = Optimisation(l2=30.0, tv=0.5, scale=0.02, frequencies=False)
"""Search that stays near a real frame: in pixels, as a change of one place changes all frequencies."""
_FLAT = 0.05
"""Level of the picture that free search starts from."""


def optimised_inputs(
    agent: Agent, layer: UnitLayer | None, units: Sequence[str], strongest: np.ndarray, real: np.ndarray, steps: int
) -> tuple[np.ndarray, pd.DataFrame]:
    """Search for inputs of several units of one layer.

    Args:
        agent: whose network.
        layer: of the units; None for the outputs.
        units: M names.
        strongest: float (M,), the largest value of each on real frames.
        real: uint8 (M, C, h, w), what each saw there, the newest frame last.
        steps: of the optimiser.

    Returns:
        uint8 (M, 2, C, h, w), free and near, the newest frame last; and a row per unit: unit, strongest, free and
        near (the values reached), free_distance and near_distance (rms distance to the real frame).
    """
    objective = _objective(agent, layer, units)
    # Inputs are handed to the network in its own order of frames, and kept with the newest last.
    seen = torch.as_tensor(newest_last(real, agent.preprocessing).copy()).float() / 255
    with torch.no_grad():
        before = objective(seen)
    scale = torch.as_tensor(np.maximum(np.abs(strongest), 1e-3), dtype=torch.float32)
    side = int(seen.shape[-1])
    pictures, columns = [], {"unit": list(units), "strongest": strongest}
    for name, start, how in (("free", torch.full_like(seen, _FLAT), FREE), ("near", seen, NEAR)):
        shaken = replace(how, steps=steps, jitter=min(2, side // 8))
        found = maximise(objective, start, torch.maximum(scale, before.abs()), shaken)
        with torch.no_grad():
            columns[name] = objective(found).numpy().astype(float)
        columns[f"{name}_distance"] = ((found - seen) ** 2).mean((1, 2, 3)).sqrt().numpy().astype(float)
        levels = (found * 255).round().to(torch.uint8).numpy()
        pictures.append(newest_last(levels, agent.preprocessing))
    return np.ascontiguousarray(np.stack(pictures, 1)), pd.DataFrame(columns)


def _objective(agent: Agent, layer: UnitLayer | None, units: Sequence[str]) -> Objective:
    if layer is not None:
        return unit_objective(below(agent, layer), torch.tensor([int(unit) for unit in units]))
    names = output_units(agent)
    return output_objective(agent.network, torch.tensor([names.index(unit) for unit in units]))
