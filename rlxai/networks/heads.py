"""Output layers that are more than one linear layer, and the one linear layer that attribution sees in their place."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class QuantileMean(nn.Module):
    """Mean over the quantiles of QR-DQN (Dabney et al. 2018): (N, quantiles * A) -> (N, A)."""

    def __init__(self, quantiles: int) -> None:
        super().__init__()
        self.quantiles = quantiles

    def forward(self, x: Tensor) -> Tensor:
        """Average over the quantile axis."""
        return x.view(x.shape[0], self.quantiles, -1).mean(dim=1)  # (N, quantiles, A) -> (N, A)


class DuelingHead(nn.Module):
    """Q_a = V + A_a - mean_b A_b (Wang et al. 2016, arXiv 1511.06581, eq. 9): (N, 2 hidden) -> (N, A).

    The first half of the inputs are the hidden units of the value stream, the second those of the advantage stream.
    """

    def __init__(self, hidden: int, n_actions: int) -> None:
        super().__init__()
        self.value = nn.Linear(hidden, 1)
        self.advantage = nn.Linear(hidden, n_actions)

    def forward(self, x: Tensor) -> Tensor:
        """Add the value and the advantages, whose mean is taken off."""
        of_value, of_advantage = x.chunk(2, dim=1)  # (N, hidden) each
        advantage = self.advantage(of_advantage)
        q: Tensor = self.value(of_value) + advantage - advantage.mean(dim=1, keepdim=True)
        return q


def fold_head(network: nn.Sequential) -> nn.Sequential:
    """One linear layer in place of a `DuelingHead`, or of a `QuantileMean` and the linear layer below it.

    The same function up to rounding. Attribution rules see an ordinary linear output layer; acting uses the exact,
    unmerged network. Other networks are returned as they are.
    """
    match list(network):
        case [*below, nn.Linear() as wide, QuantileMean() as head]:
            weight = wide.weight.detach().view(head.quantiles, -1, wide.in_features).mean(0)
            return nn.Sequential(*below, _linear(weight, wide.bias.detach().view(head.quantiles, -1).mean(0)))
        case [*below, DuelingHead() as head]:
            value, advantage = head.value, head.advantage
            centred = advantage.weight.detach() - advantage.weight.detach().mean(0)  # w_A[a] - mean_b w_A[b]
            weight = torch.cat([value.weight.detach().expand_as(centred), centred], 1)  # (A, 2 hidden)
            bias = value.bias.detach() + advantage.bias.detach() - advantage.bias.detach().mean()
            return nn.Sequential(*below, _linear(weight, bias))
    return network


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")  # no random draw
    layer.weight, layer.bias = nn.Parameter(weight, False), nn.Parameter(bias, False)
    return layer
