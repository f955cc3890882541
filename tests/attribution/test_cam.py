from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.errors import InvalidValue


@pytest.mark.parametrize("relu", [True, False])
def test_against_the_formula(relu: bool, tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    found = explain_batch(forward_pass(tiny_network, x), "grad-cam", "action:1", relu=relu).relevance
    activations = tiny_network[:4](x).requires_grad_()  # behind the ReLU of the second convolution
    (slopes,) = torch.autograd.grad(tiny_network[4:](activations)[:, 1].sum(), activations)
    for sample in range(2):
        small = torch.zeros(3, 3, dtype=torch.float64)
        for k in range(5):
            alpha = sum(slopes[sample, k, i, j] for i in range(3) for j in range(3)) / 9
            small += (alpha * activations[sample, k]).detach()
        if relu:
            small = small.clamp(min=0)
        large = F.interpolate(small[None, None], (12, 12), mode="bilinear", align_corners=False)[0, 0]
        torch.testing.assert_close(found[sample].sum(0), large)  # raw magnitude, over all frames together
        torch.testing.assert_close(found[sample, 0], found[sample, 2])  # the same share for each frame


def test_bilinear_means_pixels_are_areas(seeded: None) -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 2, 2), nn.Flatten(), nn.Linear(4, 1)).double().requires_grad_(False)
    network[0].weight.fill_(0.25)
    network[0].bias.zero_()
    network[2].weight.fill_(4.0)
    x = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    x[..., :2] = 1  # activations 1 on the left, 0 on the right; no ReLU behind the convolution
    found = explain_batch(forward_pass(network, x), "grad-cam", "chosen").relevance
    assert found[0, 0, 0].tolist() == [4.0, 3.0, 1.0, 0.0]


def test_a_gap_network_gives_class_activation_maps(make_network) -> None:
    network = make_network("gap")
    x = torch.rand(2, 4, 84, 84)
    forward = forward_pass(network, x)
    found = explain_batch(forward, "grad-cam", "action:3", relu=False).relevance.sum(1)
    small = torch.einsum("k,nkhw->nhw", network[8].weight[3], forward.steps[5].output) / 49  # CAM, Zhou et al. 2016
    torch.testing.assert_close(found, F.interpolate(small[:, None], (84, 84), mode="bilinear")[:, 0])


def test_networks_without_convolution_are_refused(seeded: None) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 4))
    with pytest.raises(InvalidValue, match=r"grad-cam needs a convolution; this network has none \(0: Flatten"):
        explain_batch(forward_pass(network, torch.rand(1, 3, 2, 2)), "grad-cam")


def test_a_head_it_cannot_derive_is_refused_by_name(tiny_network: nn.Sequential) -> None:
    tiny_network[6] = nn.ELU()
    with pytest.raises(InvalidValue, match="grad-cam is not defined on layer 6, ELU"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), "grad-cam")
