"""The maps weighted by derivatives, in nested loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution import Explained, cam, explain_batch, forward_pass
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent
from rlxai.preprocessing import Preprocessing
from tests.attribution import test_catalogue as contract
from tests.attribution.conftest import ACTIONS


def explained(network: nn.Sequential, x: Tensor, method: str, target: str = "action:1", **options: bool) -> Explained:
    return explain_batch(forward_pass(network, x), method, target, **options)


def enlarged(small: Tensor) -> Tensor:
    return F.interpolate(small[None, None], (12, 12), mode="bilinear", align_corners=False)[0, 0]


def features_and_slopes(network: nn.Sequential, x: Tensor) -> tuple[Tensor, Tensor]:
    activations = network[:4](x).requires_grad_()  # behind the ReLU of the second convolution
    (slopes,) = torch.autograd.grad(network[4:](activations)[:, 1].sum(), activations)
    return activations.detach(), slopes


@pytest.fixture
def x(seeded: None) -> Tensor:
    """Large enough, and of both signs, for many ReLUs to switch: maps then have pixels of both signs."""
    return 8 * torch.randn(3, 3, 12, 12, dtype=torch.float64)


@pytest.fixture
def gap_agent(seeded: None) -> Agent:
    """An agent on 20 x 20 frames with a head of global average pooling."""
    network = nn.Sequential(
        nn.Conv2d(4, 8, 8, 4), nn.ReLU(), nn.Conv2d(8, 8, 2, 1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4),
    )  # fmt: skip
    return Agent(network, ACTIONS, Preprocessing(size=20))


def test_grad_cam_plus_plus_against_the_formula(tiny_network: nn.Sequential, x: Tensor) -> None:
    found = explained(tiny_network, x, "grad-cam++").relevance
    assert found.any()
    activations, slopes = features_and_slopes(tiny_network, x)
    for n in range(3):
        small = torch.zeros(3, 3, dtype=torch.float64)
        for k in range(5):
            total = sum(activations[n, k, a, b] for a in range(3) for b in range(3))
            w = 0.0
            for i in range(3):
                for j in range(3):
                    g = slopes[n, k, i, j]
                    alpha = g**2 / (2 * g**2 + total * g**3) if g != 0 else 0.0
                    w += alpha * max(g, 0.0)
            small += w * activations[n, k]
        torch.testing.assert_close(found[n].sum(0), enlarged(small.clamp(min=0)))


def test_grad_cam_plus_plus_is_about_the_exponential_of_the_target(x: Tensor, tiny_network: nn.Sequential) -> None:
    """The paper's definition, with the derivatives of Y = exp(target) taken one after the other."""
    found = explained(tiny_network, x[:1], "grad-cam++").relevance[0].sum(0)
    activations, _ = features_and_slopes(tiny_network, x[:1])
    y = tiny_network[4:](activations)[0, 1].exp()
    small = torch.zeros(3, 3, dtype=torch.float64)
    for k in range(5):
        w = 0.0
        for pixel in np.ndindex(3, 3):
            value = activations[0, k][pixel].clone().requires_grad_()
            probe = activations.clone()
            probe[(0, k, *pixel)] = value
            derivatives = [tiny_network[4:](probe)[0, 1].exp()]
            for _ in range(3):
                (next_one,) = torch.autograd.grad(derivatives[-1], value, create_graph=True)
                derivatives.append(next_one)
            _, first, second, third = (d.item() for d in derivatives)
            divisor = 2 * second + activations[0, k].sum().item() * third
            w += second / divisor * max(first, 0.0) if divisor else 0.0
        small += w * activations[0, k]
    torch.testing.assert_close(found * y, enlarged(small))


def test_grad_cam_plus_plus_needs_a_relu(tiny_network: nn.Sequential, x: Tensor) -> None:
    bare = nn.Sequential(tiny_network[0], tiny_network[1], tiny_network[2], *tiny_network[4:])
    with pytest.raises(InvalidValue, match=r"grad-cam\+\+ needs a ReLU behind the last convolution, layer 2, Conv2d"):
        explained(bare, x, "grad-cam++")


@pytest.mark.parametrize("relu", [True, False])
def test_layer_cam_against_the_formula(relu: bool, tiny_network: nn.Sequential, x: Tensor) -> None:
    found = explained(tiny_network, x, "layer-cam", relu=relu).relevance
    assert (found > 0).any()
    assert (found < 0).any() != relu
    activations, slopes = features_and_slopes(tiny_network, x)
    for n in range(3):
        small = torch.zeros(3, 3, dtype=torch.float64)
        for k in range(5):
            for pixel in np.ndindex(3, 3):
                g = slopes[n, k][pixel]
                small[pixel] += (max(g, 0.0) if relu else g) * activations[n, k][pixel]
        torch.testing.assert_close(found[n].sum(0), enlarged(small))


class GuidedReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a: Tensor) -> Tensor:
        ctx.save_for_backward(a)
        return a.clamp(min=0)

    @staticmethod
    def backward(ctx, c: Tensor) -> Tensor:
        (a,) = ctx.saved_tensors
        return torch.where((a > 0) & (c > 0), c, 0.0)


def test_guided_grad_cam_is_the_product(tiny_network: nn.Sequential, x: Tensor) -> None:
    found = explained(tiny_network, x, "guided-grad-cam").relevance
    a = x.clone().requires_grad_()
    q = a
    for layer in tiny_network:
        q = GuidedReLU.apply(q) if isinstance(layer, nn.ReLU) else layer(q)
    (guided,) = torch.autograd.grad(q[:, 1].sum(), a)
    where = explained(tiny_network, x, "grad-cam").relevance.sum(1, keepdim=True)
    assert (found < 0).any()
    torch.testing.assert_close(found, where * guided)


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("target", ["chosen", "advantage"])
def test_averaged_weights_give_the_averaged_derivative(relu: bool, target: str, make_network, monkeypatch) -> None:
    forward = forward_pass(make_network("nature"), torch.rand(3, 4, 84, 84))
    fast = explain_batch(forward, "grad-cam", target, relu=relu).relevance
    readable = lambda head, weights, method: cam.derivative(head, weights, method).mean((2, 3))  # noqa: E731
    monkeypatch.setattr(cam, "_mean_slopes", readable)
    torch.testing.assert_close(fast, explain_batch(forward, "grad-cam", target, relu=relu).relevance)


@pytest.mark.parametrize("target", ["chosen", "advantage", "contrast:0:3"])
def test_cam_is_grad_cam_times_the_number_of_pixels(target: str, make_network) -> None:
    forward = forward_pass(make_network("gap"), torch.rand(3, 4, 84, 84))
    found = explain_batch(forward, "cam", target).relevance
    torch.testing.assert_close(found, 49 * explain_batch(forward, "grad-cam", target, relu=False).relevance)


def test_cam_against_the_formula(gap_agent: Agent, seeded: None) -> None:
    network = gap_agent.network.double()
    x = torch.rand(2, 4, 20, 20, dtype=torch.float64)
    found = explained(network, x, "cam").relevance.sum(1)
    activations = network[:4](x)
    for n in range(2):
        small = torch.zeros(3, 3, dtype=torch.float64)
        for k in range(8):
            small += network[6].weight[1, k] * activations[n, k]
        torch.testing.assert_close(small.mean() + network[6].bias[1], network(x)[n, 1])
        torch.testing.assert_close(found[n], F.interpolate(small[None, None], (20, 20), mode="bilinear")[0, 0])


@pytest.mark.parametrize("name", ["nature", "nips"])
def test_cam_without_global_average_pooling_is_refused_by_layer(name: str, make_network) -> None:
    network = make_network(name)
    layer = next(i for i, layer in enumerate(network) if isinstance(layer, nn.Flatten))
    with pytest.raises(InvalidValue, match=f"cam needs global average pooling, .* met layer {layer}, Flatten"):
        explained(network, torch.rand(1, 4, 84, 84), "cam")


def test_cam_on_pooling_that_leaves_several_pixels_is_refused(make_network) -> None:
    network = make_network("gap")
    network[6], network[8] = nn.AdaptiveAvgPool2d(2), nn.Linear(256, 4).double()
    with pytest.raises(InvalidValue, match="met layer 6, AdaptiveAvgPool2d"):
        explained(network, torch.rand(1, 4, 84, 84), "cam")


def test_cam_on_more_than_one_linear_layer_is_refused(make_network) -> None:
    network = make_network("gap").append(nn.ReLU())
    with pytest.raises(InvalidValue, match=r"met layer 9, ReLU"):
        explained(network, torch.rand(1, 4, 84, 84), "cam")
    with pytest.raises(InvalidValue, match="one linear layer behind the last convolution"):
        explained(network[:8], torch.rand(1, 4, 84, 84), "cam")


@pytest.mark.parametrize(
    "check",
    [
        contract.test_result,
        contract.test_batches_and_their_order_do_not_matter,
        contract.test_single_precision_is_close_to_double,
    ],
)
def test_cam_keeps_the_contract_where_it_is_defined(check, gap_agent: Agent, observations: np.ndarray) -> None:
    check("cam", gap_agent, observations)


def test_cam_keeps_the_rest_of_the_contract(gap_agent: Agent, observations: np.ndarray) -> None:
    contract.test_no_observations("cam", gap_agent)
    contract.test_the_network_is_left_alone("cam", True, gap_agent, observations)
