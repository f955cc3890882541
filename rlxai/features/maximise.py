"""Inputs that a unit responds to most (activation maximisation).

    x* = argmin_x  (r - a(T x) / a_0)² + λ_2 mean (x - x_0)² + λ_TV TV(x - x_0),      T random shift and scale

a_0 is the unit's largest value on real frames, and r = 1.5: the plainest change of x_0 that gets the unit half as far
again as any real frame does. Without an end the search would go on to textures that no regulariser holds back.

Erhan et al. 2009 (UdeM technical report 1341); L2 from Simonyan et al. 2014 (arXiv 1312.6034, equation 1); total
variation from Mahendran and Vedaldi 2015; jitter and scale from Mordvintsev et al. 2015 and Olah et al. 2017; the start
x_0 at a real frame, where the search then stays, as the prior of Nguyen et al. 2016 (arXiv 1602.03616).

What comes out is one input of many: it depends on start and regulariser, no game shows it, and a network may do
something else on it than on any frame. Exemplars show what the unit responds to in play.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rlxai.features.canvas import Canvas, Optimisation, search, total_variation
from rlxai.features.layers import output_columns

Objective = Callable[[Tensor], Tensor]
"""Inputs (B, C, H, W) -> what is raised, (B,)."""


def maximise(objective: Objective, start: Tensor, scale: Tensor, how: Optimisation) -> Tensor:
    """Search for inputs that raise the objective to `how.reach` times its unit.

    Args:
        objective: differentiable; of each input alone.
        start: float (B, C, H, W) in [0, 1].
        scale: float (B,), above 0: a_0, the objective's unit, such as its largest value on real frames.
        how: the search.

    Returns:
        float (B, C, H, W) in [0, 1].
    """

    def loss(canvas: Canvas) -> Tensor:
        x = canvas.middle()
        near = ((x - start) ** 2).mean((1, 2, 3))
        missing: Tensor = (how.reach - objective(canvas.shaken()) / scale) ** 2
        return missing + how.l2 * near + how.tv * total_variation(x - start)

    return search(start, how, loss)


def unit_objective(network: nn.Module, units: Tensor) -> Objective:
    """One unit for each input: its value before the ReLU, of a map the middle one.

    Args:
        network: (B, C, H, W) -> (B, U, ...), see `rlxai.features.layers.below`.
        units: int64 (B,).
    """

    def objective(x: Tensor) -> Tensor:
        values: Tensor = network(x)
        if values.ndim == 4:
            values = values[:, :, values.shape[2] // 2, values.shape[3] // 2]
        return values.gather(1, units[:, None])[:, 0]

    return objective


def output_objective(network: nn.Module, columns: Tensor) -> Objective:
    """One of `rlxai.features.layers.output_columns` for each input: `columns` is int64 (B,)."""
    return lambda x: output_columns(network(x)).gather(1, columns[:, None])[:, 0]


def direction_objective(network: nn.Module, codes: Tensor, power: int = 4) -> Objective:
    """A direction in a layer for each input: a·v cos(a, v)^4, Carter et al. 2019 (doi 10.23915/distill.00015).

    Args:
        network: (B, C, H, W) -> (B, U).
        codes: float (B, U), the directions v.
        power: of the cosine, which is at least 0.1.
    """

    def objective(x: Tensor) -> Tensor:
        values = torch.relu(network(x)).flatten(1)
        cosine = torch.cosine_similarity(values, codes, dim=1).clamp(min=0.1)
        unit = codes / codes.norm(dim=1, keepdim=True).clamp(min=1e-12)
        raised: Tensor = (values * unit).sum(1) * cosine**power
        return raised

    return objective
