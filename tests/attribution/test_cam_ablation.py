"""The maps weighted by what forward passes say, one pass at a time."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution import Target, cam_ablation, explain_batch, forward_pass


def enlarged(small: Tensor, size: int = 12) -> Tensor:
    return F.interpolate(small[None, None], (size, size), mode="bilinear", align_corners=False)[0, 0]


@pytest.fixture
def x(seeded: None) -> Tensor:
    """Large enough, and of both signs, for many ReLUs to switch: maps then have pixels of both signs."""
    return 8 * torch.randn(3, 3, 12, 12, dtype=torch.float64)


def one_by_one(network: nn.Sequential, x: Tensor, target: str, last: int) -> Tensor:
    """Exact effects (N, K) of each channel of the output of layer `last`."""
    weights = Target.parse(target).weights(network(x))
    activations = network[: last + 1](x)
    effects = torch.zeros(activations.shape[:2], dtype=x.dtype)
    for n in range(activations.shape[0]):
        for k in range(activations.shape[1]):
            without = activations[n : n + 1].clone()
            without[0, k] = 0
            effects[n, k] = weights[n] @ (network(x[n : n + 1]) - network[last + 1 :](without))[0]
    return effects


@pytest.mark.parametrize("relu", [True, False])
def test_ablation_cam_against_the_formula(relu: bool, tiny_network: nn.Sequential, x: Tensor) -> None:
    found = explain_batch(forward_pass(tiny_network, x), "ablation-cam", "advantage", relu=relu).relevance
    effects = one_by_one(tiny_network, x, "advantage", last=3)
    activations = tiny_network[:4](x)
    assert (found > 0).any()
    assert (found < 0).any() != relu
    for n in range(3):
        small = sum(effects[n, k] * activations[n, k] for k in range(5))
        torch.testing.assert_close(found[n].sum(0), enlarged(small.clamp(min=0) if relu else small))
        torch.testing.assert_close(found[n, 0], found[n, 2])


@pytest.mark.parametrize("name", ["nature", "nips", "gap"])
def test_all_channels_at_once_is_one_by_one(name: str, make_network, monkeypatch: pytest.MonkeyPatch) -> None:
    network = make_network(name)
    forward = forward_pass(network, torch.rand(2, 4, 84, 84))
    last = max(i for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)) + 1
    fast = cam_ablation._ablated_at_once(forward, last)
    assert fast is not None
    torch.testing.assert_close(fast, cam_ablation._ablated_one_by_one(forward, last))
    before = explain_batch(forward, "ablation-cam").relevance
    monkeypatch.setattr(cam_ablation, "_ablated_at_once", lambda forward, last: None)
    torch.testing.assert_close(before, explain_batch(forward, "ablation-cam").relevance)


def test_ablation_cam_on_a_head_that_mixes_channels(tiny_network: nn.Sequential, x: Tensor) -> None:
    tiny_network[3] = nn.ELU()  # the activations are then the convolution's own output, some of them negative
    forward = forward_pass(tiny_network, x)
    assert cam_ablation._ablated_at_once(forward, 2) is None
    found = explain_batch(forward, "ablation-cam", "action:2").relevance.sum(1)
    effects, activations = one_by_one(tiny_network, x, "action:2", last=2), tiny_network[:3](x)
    for n in range(3):
        small = sum(effects[n, k] * activations[n, k] for k in range(5))
        torch.testing.assert_close(found[n], enlarged(small.clamp(min=0)))


def test_ablation_cam_does_not_depend_on_the_sign_of_the_target(tiny_network: nn.Sequential, x: Tensor) -> None:
    above = explain_batch(forward_pass(tiny_network, x), "ablation-cam", "value")
    tiny_network[7].bias -= 1000
    below = explain_batch(forward_pass(tiny_network, x), "ablation-cam", "value")
    assert (below.target < -500).all()
    torch.testing.assert_close(below.relevance, above.relevance)


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("pass_size", [4, 32])
def test_score_cam_against_the_formula(
    relu: bool, pass_size: int, tiny_network: nn.Sequential, x: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cam_ablation, "PASS_SIZE", pass_size)
    tiny_network[2].bias[1] = -100.0  # a channel that never fires
    found = explain_batch(forward_pass(tiny_network, x), "score-cam", "advantage", relu=relu).relevance
    weights = Target.parse("advantage").weights(tiny_network(x))
    activations = tiny_network[:4](x)
    black = tiny_network(torch.zeros_like(x[:1]))[0]
    assert (found > 0).any()
    assert (found < 0).any() != relu
    for n in range(3):
        small = torch.zeros(3, 3, dtype=torch.float64)
        for k in range(5):
            mask = enlarged(activations[n, k])
            if mask.max() > mask.min():
                mask = (mask - mask.min()) / (mask.max() - mask.min())
                seen = tiny_network(x[n : n + 1] * mask)[0]
                small += (weights[n] @ seen - weights[n] @ black) * activations[n, k]
        assert small.abs().max() > 0
        torch.testing.assert_close(found[n].sum(0), enlarged(small.clamp(min=0) if relu else small))


def test_score_cam_runs_no_channel_without_contrast(tiny_network: nn.Sequential, x: Tensor) -> None:
    tiny_network[2].bias[:4] = -100.0
    tiny_network[2].bias[4] = 20.0
    forward = forward_pass(tiny_network, x)
    sizes = []
    tiny_network.register_forward_hook(lambda _, inputs, __: sizes.append(len(inputs[0])))
    found = explain_batch(forward, "score-cam", "value", relu=False).relevance
    assert sizes == [1, 3]  # the black input, and the one channel that fires for each sample
    assert found.abs().max() > 0


def test_score_cam_of_a_black_input_is_zero(tiny_network: nn.Sequential) -> None:
    x = torch.zeros(2, 3, 12, 12, dtype=torch.float64)
    assert not explain_batch(forward_pass(tiny_network, x), "score-cam", "value").relevance.any()
