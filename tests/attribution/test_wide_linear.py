from __future__ import annotations

import pytest
import torch
from torch import nn

from rlxai.attribution.layers import forward_pass
from rlxai.attribution.wide_linear import WideLinear, widened


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("samples", [0, 1, 5])
def test_it_is_the_linear_layer(samples: int, bias: bool, seeded: None) -> None:
    layer = nn.Linear(96, 64, bias=bias).requires_grad_(False)
    wide = WideLinear(layer)
    a, s = torch.randn(samples, 96), torch.randn(samples, 64)
    torch.testing.assert_close(wide(a), layer(a))
    torch.testing.assert_close(wide.transpose(s), s @ layer.weight)
    torch.testing.assert_close(wide(a.T.contiguous().T), layer(a))


@pytest.mark.parametrize("layer", [nn.Linear(48, 64), nn.Linear(64, 4), nn.ReLU(), nn.Linear(64, 64).double()])
def test_other_layers_stay(layer: nn.Module) -> None:
    size, dtype = (layer.in_features, layer.weight.dtype) if isinstance(layer, nn.Linear) else (64, torch.float32)
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, size), layer).to(dtype)
    step = forward_pass(network, torch.rand(2, 1, 2, 2)).steps[2]
    assert widened(step) is step
