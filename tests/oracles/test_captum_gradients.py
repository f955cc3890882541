"""Captum's gradient family, beyond the plain gradient."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.oracles.comparing import Agree, ours

pytestmark = [
    pytest.mark.oracle,
    # Captum warns that it sets gradients and hooks, which is why it gets a network of its own.
    pytest.mark.filterwarnings("ignore:.*:UserWarning"),
]


def test_sensitivity(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    theirs = captum_attr.Saliency(network).attribute(frames.requires_grad_(), target=2, abs=True)
    agree("sensitivity", "captum Saliency, abs", ours(network, frames, "sensitivity").relevance, theirs)


def test_guided_backprop(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    result = ours(network, frames, "guided-backprop").relevance
    theirs = captum_attr.GuidedBackprop(network).attribute(frames.requires_grad_(), target=2)
    agree("guided-backprop", "captum GuidedBackprop", result, theirs.detach())


def test_deconvnet(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    result = ours(network, frames, "deconvnet").relevance
    theirs = captum_attr.Deconvolution(network).attribute(frames.requires_grad_(), target=2)
    agree("deconvnet", "captum Deconvolution", result, theirs.detach())


@pytest.mark.parametrize("baseline", [0.0, 0.3])
def test_deeplift(baseline: float, captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree) -> None:
    found = ours(network, frames, "deeplift", baseline=baseline)
    theirs, gap = captum_attr.DeepLift(network).attribute(
        frames, baselines=baseline, target=2, return_convergence_delta=True
    )
    agree("deeplift", f"captum DeepLift, baseline {baseline}", found.relevance, theirs.detach())
    torch.testing.assert_close(gap, torch.zeros_like(gap), rtol=0, atol=1e-9)


@pytest.mark.parametrize("baseline", [0.0, 0.3])
def test_integrated_gradients(
    baseline: float, captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree
) -> None:
    found = ours(network, frames, "integrated-gradients", steps=12, baseline=baseline)
    theirs, delta = captum_attr.IntegratedGradients(network).attribute(
        frames, baselines=baseline, target=2, n_steps=12, method="riemann_middle", return_convergence_delta=True
    )
    agree("integrated-gradients", f"captum, riemann_middle, baseline {baseline}", found.relevance, theirs.detach())
    # Captum's steps along the path are single precision, whatever the network's.
    torch.testing.assert_close(found.bias_by_layer["quadrature"], -delta.detach(), rtol=1e-4, atol=1e-9)


def test_smoothgrad(captum_attr, network: nn.Sequential, frames: Tensor, agree: Agree,
                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Captum draws anew for every observation and sample; here it is handed our draws, shared by all observations."""
    samples, noise, seed = 5, 0.2, 3
    generator = torch.Generator().manual_seed(seed)
    shape = (1, *frames.shape[1:])
    drawn = [noise * torch.randn(shape, generator=generator, dtype=torch.float32).double() for _ in range(samples)]
    # NoiseTunnel repeats each observation `samples` times in a row.
    shared = torch.cat(drawn).repeat(len(frames), 1, 1, 1)
    monkeypatch.setattr(torch, "normal", lambda mean, std: shared)
    result = ours(network, frames, "smoothgrad", samples=samples, noise=noise, seed=seed).relevance
    tunnel = captum_attr.NoiseTunnel(captum_attr.Saliency(network))
    theirs = tunnel.attribute(frames, nt_type="smoothgrad", nt_samples=samples, stdevs=noise, target=2, abs=False)
    agree("smoothgrad", "captum NoiseTunnel, same draws", result, theirs.detach())
