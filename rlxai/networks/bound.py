"""How large a network's outputs can become, from its weights alone."""

from __future__ import annotations

from torch import nn

from rlxai.errors import InvalidValue
from rlxai.networks.heads import DuelingHead

MAX_OUTPUT = 1e30
"""float32 ends at 3.4e38; sums and squares on the way to a map need room."""


def check_bound(network: nn.Sequential) -> None:
    """Refuse finite weights whose outputs may overflow: one flipped bit of an exponent is enough.

    With inputs in [0, 1], |W x + b| <= max_o sum_i |W_oi| * max |x| + max |b| at each layer; a dueling head gives
    value + advantage - mean advantage, at most |V| + 2 |A|. ReLU, flatten and means do not enlarge.

    Raises:
        InvalidValue: the bound of the outputs exceeds `MAX_OUTPUT`.
    """
    bound = 1.0
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = _after(layer, bound)
        elif isinstance(layer, DuelingHead):
            bound = _after(layer.value, bound) + 2 * _after(layer.advantage, bound)
    if not bound <= MAX_OUTPUT:
        raise InvalidValue(
            f"its weights are so large that outputs may reach {bound:.0e}; at most {MAX_OUTPUT:.0e} is read"
        )


def _after(layer: nn.Conv2d | nn.Linear, bound: float) -> float:
    assert layer.bias is not None  # no layer that is explained lacks one
    weight, bias = layer.weight.detach().double(), layer.bias.detach().double()
    return float(weight.abs().flatten(1).sum(1).max()) * bound + float(bias.abs().max())
