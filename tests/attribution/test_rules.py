"""Every rule against its formula, written out over an explicit contribution c_ij for each input and output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import AlphaBeta, Epsilon, Flat, Gamma, Rule, Step, WSquare, ZBox, ZPlus
from rlxai.attribution.rules import propagate
from rlxai.errors import InvalidValue

EPSILON = 1e-3  # large enough that a misplaced stabiliser shows

LAYERS = [
    (nn.Linear(7, 5), (7,)),
    (nn.Conv2d(2, 3, 3, 1), (2, 5, 4)),
    (nn.Conv2d(2, 3, 4, 2), (2, 7, 6)),
    (nn.Conv2d(2, 3, 3, 2, padding=1), (2, 5, 6)),
    (nn.AdaptiveAvgPool2d(1), (3, 3, 2)),
]


def plus(x: float) -> float:
    return max(x, 0.0)


def minus(x: float) -> float:
    return min(x, 0.0)


@dataclass(frozen=True)
class Literal:
    """c_ij of (a_i, w_ij), the bias of b_j, and the share of R_j by the layer's true output."""

    c: Callable[[float, float], float]
    bias: Callable[[float], float] = lambda b: 0.0
    share: Callable[[float], float] = lambda z: 1.0


RAISING = Literal(lambda a, w: plus(a) * plus(w) + minus(a) * minus(w), plus)
LOWERING = Literal(lambda a, w: plus(a) * minus(w) + minus(a) * plus(w), minus)

RULES: dict[str, tuple[Rule, list[Literal]]] = {
    "epsilon": (Epsilon(EPSILON), [Literal(lambda a, w: a * w, lambda b: b)]),
    "gamma": (
        Gamma(0.3, EPSILON),
        [
            Literal(
                lambda a, w: plus(a) * (w + 0.3 * plus(w)) + minus(a) * (w + 0.3 * minus(w)),
                lambda b: b + 0.3 * plus(b),
                lambda z: float(z >= 0),
            ),
            Literal(
                lambda a, w: plus(a) * (w + 0.3 * minus(w)) + minus(a) * (w + 0.3 * plus(w)),
                lambda b: b + 0.3 * minus(b),
                lambda z: float(z < 0),
            ),
        ],
    ),
    "z-plus": (ZPlus(EPSILON), [RAISING]),
    "z-plus without bias": (ZPlus(EPSILON, bias=False), [replace(RAISING, bias=lambda b: 0.0)]),
    "alpha 1 beta 0": (AlphaBeta(1, 0, EPSILON), [RAISING]),
    "alpha 1.5 beta 0.5": (
        AlphaBeta(1.5, 0.5, EPSILON),
        [replace(RAISING, share=lambda z: 1.5), replace(LOWERING, share=lambda z: -0.5)],
    ),
    "z-box": (ZBox(0, 1, EPSILON), [Literal(lambda a, w: a * w - minus(w))]),
    "z-box from -0.5 to 2": (ZBox(-0.5, 2, EPSILON), [Literal(lambda a, w: a * w + 0.5 * plus(w) - 2 * minus(w))]),
    "flat": (Flat(EPSILON), [Literal(lambda a, w: 1.0)]),
    "w-square": (WSquare(EPSILON), [Literal(lambda a, w: w**2)]),
}


def literal(parts: list[Literal], layer: nn.Module, a: Tensor, relevance: Tensor) -> tuple[Tensor, float]:
    """One sample: R_i = Σ_j c_ij / (z_j + ε sign z_j) R_j, and Σ_j (b'_j + ε sign z_j) / (z_j + ε sign z_j) R_j."""
    n_in = a.numel()
    zero = layer(torch.zeros_like(a)[None])[0]
    bias = zero.flatten().tolist()
    basis = torch.eye(n_in, dtype=a.dtype).view(n_in, *a.shape)
    matrix = (layer(basis) - zero).flatten(1).tolist()  # w_ij
    connected = _connections(layer, basis)
    values = a.flatten().tolist()
    handed_down, kept = [0.0] * n_in, 0.0
    for j, r in enumerate(relevance.flatten().tolist()):
        inputs = [i for i in range(n_in) if connected[i][j]]
        output = sum(values[i] * matrix[i][j] for i in inputs) + bias[j]
        for part in parts:
            c = {i: part.c(values[i], matrix[i][j]) for i in inputs}
            z = sum(c.values()) + part.bias(bias[j])
            stabiliser = EPSILON if z >= 0 else -EPSILON
            shared = part.share(output) * r
            for i in inputs:
                handed_down[i] += c[i] / (z + stabiliser) * shared
            kept += (part.bias(bias[j]) + stabiliser) / (z + stabiliser) * shared
    return torch.tensor(handed_down, dtype=a.dtype).view(a.shape), kept


def _connections(layer: nn.Module, basis: Tensor) -> list[list[bool]]:
    """Which inputs an output sees at all: those a layer of ones lets through."""
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return (layer(basis).flatten(1) != 0).tolist()
    ones = type(layer)(*_shape(layer), bias=False).double()
    nn.init.ones_(ones.weight)
    return (ones(basis).flatten(1) != 0).tolist()


def _shape(layer: nn.Module) -> tuple:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda value: str(value))
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("inputs", ["signed", "nonnegative", "mostly zero"])
def test_rule(name: str, layer: nn.Module, shape: tuple, inputs: str, seeded: None) -> None:
    rule, parts = RULES[name]
    layer = layer.double().requires_grad_(False)
    a = torch.randn(3, *shape, dtype=torch.float64)
    if inputs != "signed":
        a = a.relu()
    if inputs == "mostly zero":
        a[torch.rand_like(a) < 0.8] = 0
        a[2] = 0
    out = layer(a)
    relevance = torch.randn_like(out)
    step = Step("0", layer, a, out)
    handed_down, kept = propagate(step, rule, relevance)
    for sample in range(3):
        expected, expected_kept = literal(parts, layer, a[sample], relevance[sample])
        torch.testing.assert_close(handed_down[sample], expected, rtol=1e-9, atol=1e-11)
        assert kept[sample].item() == pytest.approx(expected_kept, rel=1e-9, abs=1e-11)
    total = handed_down.flatten(1).sum(1) + kept
    torch.testing.assert_close(total, relevance.flatten(1).sum(1), rtol=1e-9, atol=1e-11)


def test_relevance_that_finds_no_input_is_kept(seeded: None) -> None:
    layer = nn.Conv2d(2, 3, 3).double().requires_grad_(False)
    layer.bias.fill_(-0.1)  # z+ clamps it: nothing can take the relevance
    a = torch.zeros(2, 2, 5, 5, dtype=torch.float64)
    relevance = torch.rand(2, 3, 3, 3, dtype=torch.float64)
    handed_down, kept = propagate(Step("0", layer, a, layer(a)), ZPlus(), relevance)
    assert not handed_down.any()
    torch.testing.assert_close(kept, relevance.sum((1, 2, 3)))


def test_the_sign_of_zero_is_plus() -> None:
    layer = nn.Linear(2, 1, bias=False).double().requires_grad_(False)
    layer.weight.copy_(torch.tensor([[1.0, -1.0]]))
    a = torch.ones(1, 2, dtype=torch.float64)  # contributions cancel: z = 0
    handed_down, kept = propagate(Step("0", layer, a, layer(a)), Epsilon(0.5), torch.ones_like(a[:, :1]))
    assert handed_down.tolist() == [[2.0, -2.0]]
    assert kept.tolist() == [1.0]


def test_gamma_without_relevance_hands_down_none(seeded: None) -> None:
    layer = nn.Conv2d(2, 3, 3).double().requires_grad_(False)
    a = torch.rand(2, 2, 5, 5, dtype=torch.float64)
    out = layer(a)
    handed_down, kept = propagate(Step("0", layer, a, out), Gamma(), torch.zeros_like(out))
    assert handed_down.shape == a.shape
    assert not handed_down.any()
    assert kept.tolist() == [0, 0]


def test_box_explains_black_pixels_and_conserves(seeded: None) -> None:
    layer = nn.Conv2d(2, 3, 3).double().requires_grad_(False)
    a = torch.zeros(2, 2, 5, 5, dtype=torch.float64)
    relevance = torch.rand(2, 3, 3, 3, dtype=torch.float64)
    handed_down, kept = propagate(Step("0", layer, a, layer(a)), ZBox(), relevance)
    assert (handed_down > 0).all()
    assert kept.abs().max() < 1e-4


def test_alpha_beta_without_a_lowering_contribution_keeps_minus_beta() -> None:
    layer = nn.Linear(2, 1, bias=False).double().requires_grad_(False)
    layer.weight.copy_(torch.tensor([[1.0, 3.0]]))
    a = torch.ones(1, 2, dtype=torch.float64)
    handed_down, kept = propagate(Step("0", layer, a, layer(a)), AlphaBeta(), torch.ones_like(a[:, :1]))
    torch.testing.assert_close(handed_down, torch.tensor([[0.5, 1.5]]).double(), rtol=0, atol=1e-5)
    torch.testing.assert_close(kept, torch.tensor([-1.0]).double(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AlphaBeta(2, 0.5), "alpha - beta must be 1 and beta at least 0, met alpha 2, beta 0.5"),
        (lambda: AlphaBeta(0, -1), "beta at least 0, met alpha 0, beta -1"),
        (lambda: Gamma(-0.1), "gamma must be at least 0, met -0.1"),
        (lambda: ZBox(1, 1), "low must be below high, met low 1, high 1"),
    ],
)
def test_wrong_parameters(make: Callable[[], Rule], message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        make()
