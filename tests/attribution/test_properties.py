"""What holds for every method on every network it is defined on; formulas are tested method by method elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import product
from pkgutil import iter_modules

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import rlxai.attribution
from rlxai.attribution import Explained, Forward, attribute, explain_batch, forward_pass, methods
from rlxai.attribution.dense_q import DENSE_Q
from rlxai.errors import InvalidValue
from rlxai.networks import ARCHITECTURES, Agent, DuelingHead
from rlxai.preprocessing import Preprocessing

CATALOGUE = {**methods(), DENSE_Q.name: DENSE_Q}
BENT = {
    "sensitivity", "guided-backprop", "deconvnet", "grad-cam", "grad-cam++", "layer-cam", "guided-grad-cam",
    "ablation-cam", "score-cam", "sarfa", "meaningful-perturbation", "extremal-perturbation",
}  # fmt: skip
"""Not linear in the target under default options; all others are."""
ACCOUNTED = {name for name, method in CATALOGUE.items() if method.family == "LRP"} | {
    "gradient-x-input", "integrated-gradients", "deeplift",
}  # fmt: skip
"""Say what they kept; no other method does."""
DRAWN = {"smoothgrad"}
"""Draws numbers for each stacked frame, so that frames are not interchangeable."""
PARTS = ("CHUNK", "PASS_SIZE", "SAMPLES")
"""Constants of modules that bound the memory, and must change nothing else."""


@dataclass(frozen=True)
class Case:
    build: Callable[[], nn.Sequential]
    shape: tuple[int, int, int]

    @property
    def full_size(self) -> bool:
        return self.shape[1] == 84


SMALL = {
    "uneven kernels, stride 3, six frames": Case(
        lambda: nn.Sequential(
            nn.Conv2d(6, 4, (5, 3), 3), nn.ReLU(), nn.Conv2d(4, 5, (2, 3), (1, 2)), nn.ReLU(inplace=True),
            nn.Flatten(), nn.Linear(5 * 4 * 3, 7), nn.ReLU(), nn.Linear(7, 4),
        ), (6, 17, 23),
    ),
    "padding, two frames": Case(
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 4, 2, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 3, padding=(1, 0)), nn.ReLU(),
            nn.Flatten(), nn.Linear(5 * 7 * 5, 6), nn.ReLU(), nn.Linear(6, 4),
        ), (2, 15, 15),
    ),
    "pooling without padding": Case(
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 4, 2), nn.ReLU(), nn.Conv2d(4, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(6, 4),
        ), (3, 14, 14),
    ),
    "dueling head": Case(
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 10), nn.ReLU(), DuelingHead(5, 4)
        ), (3, 14, 14),
    ),
}  # fmt: skip
OURS = {name: Case(lambda name=name: ARCHITECTURES[name](4, 4), (4, 84, 84)) for name in ARCHITECTURES}
NETWORKS = OURS | SMALL

POOLED = {"gap", "pooling without padding"}


def defined(network: str, method: str) -> bool:
    """The two exceptions; test_cam_derivatives and test_dense_q hold them to refuse the rest by layer."""
    return (method != "cam" or network in POOLED) and (method != "dense-q" or not network.startswith("padding"))


def pairs(networks: Iterable[str], names: Iterable[str] = CATALOGUE) -> pytest.MarkDecorator:
    """A test for each of the networks and each of the methods that is defined on it."""
    return pytest.mark.parametrize(("network", "method"), [p for p in product(networks, names) if defined(*p)])


@cache
def forward_of(network: str) -> Forward:
    """One pass that all methods share, as they do in practice. Ours in float32, the small ones in float64."""
    case = NETWORKS[network]
    with torch.random.fork_rng():
        torch.manual_seed(5)
        built = case.build().requires_grad_(False)
        for name, parameter in built.named_parameters():
            if name.endswith("bias"):
                nn.init.uniform_(parameter, -0.1, 0.1)
        x = torch.rand(2 if case.full_size else 4, *case.shape)
    x[:, :, case.shape[1] // 2 :] = 0
    return forward_pass(built if case.full_size else built.double(), x)


def small_options(method: str, side: int) -> dict[str, int]:
    """The least work that still does everything."""
    few = {
        "steps": 3, "samples": 6, "masks": 8, "cells": 3, "iterations": 3, "window": side // 3, "stride": side // 3,
        "spacing": side // 3,
    }  # fmt: skip
    return {name: value for name, value in few.items() if name in CATALOGUE[method].options}


def explain(network: str, method: str, target: str = "chosen", forward: Forward | None = None) -> Explained:
    """By few samples and large windows."""
    options = small_options(method, NETWORKS[network].shape[1])
    return explain_batch(forward or forward_of(network), CATALOGUE[method], target, **options)


@pairs(NETWORKS)
def test_the_map(network: str, method: str) -> None:
    forward, case = forward_of(network), NETWORKS[network]
    weights = {name: value.clone() for name, value in forward.network.state_dict().items()}
    activations = [step.output.clone() for step in forward.steps]
    generator = torch.get_rng_state()

    found = explain(network, method)

    assert found.relevance.shape == forward.x.shape == (len(forward.x), *case.shape)
    assert found.relevance.dtype == found.target.dtype == forward.q.dtype
    assert bool(torch.isfinite(found.relevance).all())
    if CATALOGUE[method].signed and method != "guided-grad-cam":  # what is cut at zero can be zero everywhere
        assert bool(found.relevance.flatten(1).any(1).all())
    torch.testing.assert_close(found.target, forward.q.amax(1))
    assert CATALOGUE[method].signed or bool((found.relevance >= 0).all())
    assert CATALOGUE[method].per_frame or bool((found.relevance == found.relevance[:, :1]).all())
    assert (found.bias is not None) == (method in ACCOUNTED)

    assert torch.equal(torch.get_rng_state(), generator)
    assert all(torch.equal(value, weights[name]) for name, value in forward.network.state_dict().items())
    assert all(torch.equal(step.output, then) for step, then in zip(forward.steps, activations, strict=True))


@pairs(NETWORKS, sorted(ACCOUNTED))
def test_inputs_and_what_is_kept_sum_to_the_target(network: str, method: str) -> None:
    forward = forward_of(network)
    for target in ("chosen", "advantage"):
        found = explain(network, method, target)
        scale = forward.q.abs().amax(1)  # an advantage is a small difference of large outputs
        missing = (found.relevance.sum((1, 2, 3)) + found.bias - found.target).abs()
        assert bool((missing <= (1e-4 if NETWORKS[network].full_size else 1e-11) * scale).all())


def is_linear_in_the_target(network: str, method: str) -> bool:
    """Whether the map of a contrast is the difference of two actions' maps; what is kept is then too."""
    first, second, contrast = (explain(network, method, target) for target in ("action:0", "action:1", "contrast:0:1"))
    scale = first.relevance.abs().max()
    linear = torch.allclose(contrast.relevance, first.relevance - second.relevance, rtol=1e-9, atol=1e-11 * scale)
    if linear and contrast.bias is not None:
        torch.testing.assert_close(contrast.bias, first.bias - second.bias, rtol=1e-9, atol=1e-11)
    return linear


@pairs(SMALL, sorted(CATALOGUE.keys() - BENT))
def test_linear_in_the_target(network: str, method: str) -> None:
    assert is_linear_in_the_target(network, method)


@pytest.mark.parametrize("method", sorted((BENT & CATALOGUE.keys()) - {"sarfa"}))  # sarfa takes single actions alone
def test_what_is_said_to_bend_does(method: str) -> None:
    assert not all(is_linear_in_the_target(network, method) for network in SMALL)


@pairs(SMALL)
def test_samples_are_explained_alone(network: str, method: str) -> None:
    forward = forward_of(network)
    together = explain(network, method)
    for order in ([3, 1, 0, 2], [2], [0]):
        part = explain(network, method, forward=forward_pass(forward.network, forward.x[order]))
        torch.testing.assert_close(part.relevance, together.relevance[order], rtol=1e-9, atol=1e-13)
        for name, kept in (part.bias_by_layer or {}).items():
            torch.testing.assert_close(kept, together.bias_by_layer[name][order], rtol=1e-9, atol=1e-13)


@pairs(["dueling head"])
def test_the_size_of_parts_does_not_matter(network: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = explain(network, method)
    modules = [import_module(f"rlxai.attribution.{found.name}") for found in iter_modules(rlxai.attribution.__path__)]
    bounds = [(module, name) for module in modules for name in PARTS if hasattr(module, name)]
    assert bounds
    for module, name in bounds:
        monkeypatch.setattr(module, name, 3)
    found = explain(network, method)
    torch.testing.assert_close(found.relevance, expected.relevance, rtol=1e-9, atol=1e-13)


def renamed(network: nn.Sequential, frames: Tensor, channels: Tensor, actions: Tensor) -> nn.Sequential:
    """The same function with the input's frames, the first layer's channels and the actions in another order."""
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    weights["0.weight"] = weights["0.weight"][channels][:, frames]
    weights["0.bias"] = weights["0.bias"][channels]
    reader = next(str(i) for i, layer in enumerate(network) if i and isinstance(layer, nn.Conv2d | nn.Linear))
    read = weights[f"{reader}.weight"].unflatten(1, (len(channels), -1))  # (O, K, ...) or, flattened, (O, K p)
    weights[f"{reader}.weight"] = read[:, channels].reshape(weights[f"{reader}.weight"].shape)
    last = str(len(network) - 1)
    weights |= {f"{last}.{kind}": weights[f"{last}.{kind}"][actions] for kind in ("weight", "bias")}
    again = deepcopy(network)
    again.load_state_dict(weights)
    return again


@pairs(SMALL)
def test_the_order_of_frames_channels_and_actions_is_only_a_name(network: str, method: str) -> None:
    forward = forward_of(network)
    expected = explain(network, method)
    generator = torch.Generator().manual_seed(2)
    frames, channels, actions = (torch.randperm(n, generator=generator) for n in (forward.x.shape[1], 4, 4))
    if method in DRAWN:
        frames = torch.arange(len(frames))
    again = forward_pass(renamed(forward.network, frames, channels, actions), forward.x[:, frames])
    torch.testing.assert_close(again.q, forward.q[:, actions])
    found = explain(network, method, forward=again)
    torch.testing.assert_close(found.relevance, expected.relevance[:, frames], rtol=1e-7, atol=1e-11)


@pairs(SMALL, sorted(CATALOGUE.keys() - DRAWN))
def test_a_stack_shown_twice_shares_its_map(network: str, method: str) -> None:
    forward = forward_of(network)
    twice = deepcopy(forward.network)
    twice[0].weight = nn.Parameter(torch.cat([twice[0].weight / 2] * 2, 1), requires_grad=False)
    again = forward_pass(twice, forward.x.repeat(1, 2, 1, 1))
    torch.testing.assert_close(again.q, forward.q)
    found = explain(network, method, forward=again).relevance.unflatten(1, (2, -1))
    torch.testing.assert_close(found.sum(1), explain(network, method).relevance, rtol=1e-7, atol=1e-11)


@pytest.mark.parametrize(("size", "frames", "stride"), [(64, 2, 3), (30, 6, 4)])
def test_agents_of_other_sizes_strides_and_channels(size: int, frames: int, stride: int, seeded: None) -> None:
    side = (size - 8) // stride + 1
    hidden = nn.Linear(3 * side**2, 8)
    network = nn.Sequential(
        nn.Conv2d(frames, 3, 8, stride), nn.ReLU(), nn.Flatten(), hidden, nn.ReLU(), DuelingHead(4, 3)
    )
    agent = Agent(network, ("a", "b", "c"), Preprocessing(size=size, frame_stack=frames))
    observations = np.random.default_rng(1).integers(0, 256, (3, frames, size, size), np.uint8)
    for name, method in CATALOGUE.items():
        if name != "cam":
            found, batched = (
                attribute(agent, observations, method, "action:2", batch_size=n, **small_options(name, size))
                for n in (3, 2)
            )
            assert found.relevance.shape == observations.shape
            assert found.relevance.dtype == np.float32
            np.testing.assert_allclose(found.target, agent.q_values(observations)[:, 2], rtol=1e-4, atol=1e-6)
            scale = np.abs(found.relevance).max()
            assert 0 < scale < np.inf
            np.testing.assert_allclose(batched.relevance, found.relevance, rtol=1e-3, atol=1e-4 * scale)


STRANGE = {
    "ELU": lambda: [nn.Conv2d(2, 4, 3, 2), nn.ELU(), nn.Flatten(), nn.Linear(144, 4)],
    "MaxPool2d": lambda: [nn.Conv2d(2, 4, 3, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 4)],
    "grouped": lambda: [nn.Conv2d(2, 4, 3, 2), nn.ReLU(), nn.Conv2d(4, 4, 3, groups=2), nn.Flatten(), nn.Linear(64, 4)],
    "GRU": lambda: [nn.Conv2d(2, 4, 3, 2), nn.ReLU(), nn.Flatten(), nn.GRU(144, 4)],
}
PLACES = {"ELU": "layer 1, ELU", "MaxPool2d": "layer 2, MaxPool2d", "grouped": "layer 2, Conv2d", "GRU": "layer 3, GRU"}


@pytest.mark.parametrize("strange", STRANGE)
def test_agents_refuse_what_nothing_can_explain_and_name_it(strange: str) -> None:
    with pytest.raises(InvalidValue, match=PLACES[strange]) as error:
        Agent(nn.Sequential(*STRANGE[strange]()), ("a", "b", "c", "d"), Preprocessing(size=16, frame_stack=2))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("method", CATALOGUE)
@pytest.mark.parametrize("strange", ["ELU", "MaxPool2d", "grouped"])
def test_a_strange_layer_is_explained_or_named(strange: str, method: str, seeded: None) -> None:
    network = nn.Sequential(*STRANGE[strange]()).double().requires_grad_(False)
    forward = forward_pass(network, torch.rand(2, 2, 13, 13))
    try:
        found = explain_batch(forward, CATALOGUE[method], "chosen", **small_options(method, 13))
    except InvalidValue as error:
        # The CAMs that want other layers name the first that is not what they want.
        assert PLACES[strange] in str(error) or (method in ("cam", "grad-cam++") and " layer " in str(error)), error
        assert str(error).startswith(f"{method} ")
    else:
        assert CATALOGUE[method].family not in ("gradient", "LRP")
        assert bool(torch.isfinite(found.relevance).all())
