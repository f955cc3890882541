from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import Target, explain_batch, forward_pass
from rlxai.errors import InvalidValue

TARGETS = ["chosen", "advantage", "contrast:0:3"]


def slope(network: nn.Sequential, x: Tensor, weights: Tensor) -> Tensor:
    """∂ Σ weights q / ∂x by autograd, (N, C, H, W)."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad((weights * network(x)).sum(), x)[0]


def literal_path(network: nn.Sequential, x: Tensor, target: str, steps: int, baseline: float) -> Tensor:
    weights = Target.parse(target).weights(network(x))
    blank = torch.full_like(x, baseline)
    total = torch.zeros_like(x)
    for k in range(1, steps + 1):
        total += slope(network, blank + (k - 0.5) / steps * (x - blank), weights)
    return (x - blank) * total / steps


def literal_noise(network: nn.Sequential, x: Tensor, target: str, samples: int, noise: float, seed: int) -> Tensor:
    weights = Target.parse(target).weights(network(x))
    draws = torch.Generator().manual_seed(seed)
    total = torch.zeros_like(x)
    for _ in range(samples):
        epsilon = noise * torch.randn(1, *x.shape[1:], generator=draws, dtype=torch.float32).double()
        total += slope(network, x + epsilon, weights)
    return total / samples


@pytest.fixture(params=["conv", "linear", "relu first", "affine", "pooled"])
def network(request: pytest.FixtureRequest, tiny_network: nn.Sequential) -> nn.Sequential:
    """(N, 3, 12, 12) -> (N, 4) with different layers before the first ReLU."""
    built = {
        "conv": lambda: tiny_network,
        "linear": lambda: nn.Sequential(nn.Flatten(), nn.Linear(432, 8), nn.ReLU(), nn.Linear(8, 4)),
        "relu first": lambda: nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(432, 4)),
        "affine": lambda: nn.Sequential(nn.Conv2d(3, 2, 4, 2), nn.Flatten(), nn.Linear(50, 4)),
        "pooled": lambda: nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 9, 1), nn.ReLU(), nn.Flatten(), nn.Linear(9, 4)
        ),
    }[request.param]()
    return built.double().requires_grad_(False)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("steps", "baseline"), [(1, 0.0), (7, 0.25), (50, 0.0)])
def test_integrated_gradients_are_the_formula(steps: int, baseline: float, target: str, network: nn.Sequential) -> None:
    x = torch.rand(3, 3, 12, 12, dtype=torch.float64)
    found = explain_batch(forward_pass(network, x), "integrated-gradients", target, steps=steps, baseline=baseline)
    torch.testing.assert_close(found.relevance, literal_path(network, x, target, steps, baseline))

    weights = Target.parse(target).weights(network(x))
    at_baseline = (weights * network(torch.full_like(x, baseline))).sum(1)
    assert list(found.bias_by_layer) == ["baseline", "quadrature"]
    torch.testing.assert_close(found.bias_by_layer["baseline"], at_baseline)
    torch.testing.assert_close(found.relevance.sum((1, 2, 3)) + found.bias, found.target)


def test_the_quadrature_error_is_the_completeness_error_and_vanishes(tiny_network: nn.Sequential) -> None:
    x = torch.rand(4, 3, 12, 12, dtype=torch.float64)
    forward = forward_pass(tiny_network, x)
    errors = []
    for steps in (1, 2000):
        found = explain_batch(forward, "integrated-gradients", "advantage", steps=steps)
        missed = found.target - found.bias_by_layer["baseline"] - found.relevance.sum((1, 2, 3))
        torch.testing.assert_close(found.bias_by_layer["quadrature"], missed)
        errors.append(missed.abs().max().item())
    assert errors[0] > 1e-3
    assert errors[1] < 1e-3 * errors[0]


def test_an_input_that_is_the_baseline_gets_no_relevance(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.full((1, 3, 12, 12), 0.5, dtype=torch.float64))
    found = explain_batch(forward, "integrated-gradients", "chosen", baseline=0.5)
    assert not found.relevance.any()
    assert found.bias_by_layer["quadrature"].abs().item() < 1e-12


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("samples", "noise", "seed"), [(1, 0.1, 0), (6, 0.3, 5), (50, 0.1, 0)])
def test_smoothgrad_is_the_formula(samples: int, noise: float, seed: int, target: str, network: nn.Sequential) -> None:
    x = torch.rand(3, 3, 12, 12, dtype=torch.float64)
    options = {"samples": samples, "noise": noise, "seed": seed}
    found = explain_batch(forward_pass(network, x), "smoothgrad", target, **options)
    torch.testing.assert_close(found.relevance, literal_noise(network, x, target, **options))
    assert found.bias_by_layer is None


def test_smoothgrad_draws_depend_on_the_seed_alone(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12)
    double = forward_pass(tiny_network, x)
    first = explain_batch(double, "smoothgrad", "action:1", seed=1).relevance
    torch.manual_seed(99)
    assert torch.equal(explain_batch(double, "smoothgrad", "action:1", seed=1).relevance, first)
    assert not torch.allclose(explain_batch(double, "smoothgrad", "action:1", seed=2).relevance, first)
    twins = forward_pass(tiny_network, x[:1].expand(2, -1, -1, -1))
    found = explain_batch(twins, "smoothgrad", "action:1", seed=1).relevance
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=1e-14)
    torch.testing.assert_close(found[0], first[0], rtol=0, atol=1e-14)
    single = explain_batch(forward_pass(tiny_network.float(), x), "smoothgrad", "action:1", seed=1).relevance
    torch.testing.assert_close(single.double(), first, rtol=0, atol=1e-5)


def test_no_noise_leaves_the_gradient(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12))
    found = explain_batch(forward, "smoothgrad", samples=3, noise=0.0).relevance
    torch.testing.assert_close(found, explain_batch(forward, "gradient").relevance)


def test_passes_are_bounded(tiny_network: nn.Sequential) -> None:
    sizes: list[int] = []
    tiny_network[2].register_forward_hook(lambda layer, args, out: sizes.append(len(args[0])))
    forward = forward_pass(tiny_network, torch.rand(30, 3, 12, 12))
    explain_batch(forward, "smoothgrad", samples=5)
    assert sizes == [30, 120, 30]  # the forward pass, then four draws at a time


def test_the_first_convolution_runs_once_each_way(tiny_network: nn.Sequential) -> None:
    sizes: list[int] = []
    forward = forward_pass(tiny_network, torch.rand(5, 3, 12, 12))
    tiny_network[0].register_forward_hook(lambda layer, args, out: sizes.append(len(args[0])))
    explain_batch(forward, "integrated-gradients", steps=9)
    assert sizes == [1]  # the baseline, once for all observations


@pytest.mark.parametrize("method", ["integrated-gradients", "smoothgrad"])
def test_the_fast_products_of_single_precision(method: str, make_network) -> None:
    network = make_network("nature")
    x = torch.rand(2, 4, 84, 84)
    expected = explain_batch(forward_pass(network, x), method).relevance
    single = explain_batch(forward_pass(network.float(), x), method).relevance
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), expected, rtol=0, atol=2e-4 * expected.abs().max().item())


@pytest.mark.parametrize(
    ("method", "option", "value", "allowed"),
    [
        ("integrated-gradients", "steps", 0, "at least 1"),
        ("integrated-gradients", "baseline", 1.5, "0 to 1"),
        ("integrated-gradients", "baseline", -0.5, "0 to 1"),
        ("smoothgrad", "samples", 0, "at least 1"),
        ("smoothgrad", "noise", -0.1, "at least 0"),
        ("smoothgrad", "seed", -1, r"0 to 2\^63 - 1"),
    ],
)
def test_options_are_checked(method: str, option: str, value: object, allowed: str, tiny_network) -> None:
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    with pytest.raises(InvalidValue, match=f"{method} option {option} must be {allowed}, met {value!r}"):
        explain_batch(forward, method, **{option: value})


@pytest.mark.parametrize("method", ["integrated-gradients", "smoothgrad"])
def test_layers_without_derivative_are_refused_by_name(method: str, tiny_network: nn.Sequential) -> None:
    tiny_network[3] = nn.ELU()
    with pytest.raises(InvalidValue, match=f"{method} is not defined on layer 3, ELU"):
        explain_batch(forward_pass(tiny_network, torch.rand(1, 3, 12, 12)), method)
