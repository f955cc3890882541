from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.attribution.meaningful import variation_slope
from rlxai.errors import InvalidValue
from tests.attribution.mask_games import Share, enlarge, looks_at

WEIGHTS = torch.tensor([[0, 1.0, 0, -1.0]], dtype=torch.float64)


def explain(network: nn.Sequential, x: Tensor, target: str = "contrast:1:3", **options: object) -> Tensor:
    return explain_batch(forward_pass(network, x), "meaningful-perturbation", target, **options).relevance


@pytest.mark.parametrize("frames", ["all", "each"])
@pytest.mark.parametrize("variant", ["deletion", "preservation"])
@pytest.mark.parametrize("perturbation", ["blur", "black"])
def test_against_one_sample_at_a_time(
    variant: str, frames: str, perturbation: str, tiny_network: nn.Sequential
) -> None:
    x = torch.rand(3, 3, 12, 12, dtype=torch.float64)
    options = {"cell": 3, "iterations": 12, "learning_rate": 0.05, "l1": 0.7, "tv": 0.4, "beta": 2.5, "sigma": 1.5}
    found = explain(tiny_network, x, variant=variant, frames=frames, perturbation=perturbation, **options)
    groups = 3 if frames == "each" else 1
    for sample, relevance in zip(x, found, strict=True):
        share = Share(tiny_network, WEIGHTS, sample[None], perturbation, 1.5)
        r = torch.ones(1, groups, 4, 4, dtype=torch.float64, requires_grad=True)
        first = second = torch.zeros_like(r)
        for i in range(1, 13):
            marked = enlarge(r, sample[None])
            missing = share(1 - marked) if variant == "deletion" else 1 - share(marked)
            reached = bool(missing <= 1e-3)
            variation = (r[:, :, 1:] - r[:, :, :-1]).abs().pow(2.5).sum() + r.diff(dim=3).abs().pow(2.5).sum()
            loss = missing * (not reached) + (0.7 * r.sum() + 0.4 * variation) / (16 * groups)
            slope = torch.autograd.grad(loss, r)[0]
            first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
            adam = (first / (1 - 0.9**i)) / ((second / (1 - 0.999**i)) ** 0.5 + 1e-8)  # Kingma & Ba 2015, alg. 1
            r = (r - 0.05 * adam).detach().clamp(0, 1).requires_grad_()
        expected = enlarge(r.detach(), sample[None])[0].expand(3, -1, -1) / (1 if frames == "each" else 3)
        torch.testing.assert_close(relevance, expected, rtol=0, atol=1e-10)
    assert len({round(float(value), 6) for value in found[0, 0].flatten()}) > 20


@pytest.mark.parametrize("beta", [1.0, 2.0, 3.0])
def test_slope_of_the_variation(beta: float, seeded: None) -> None:
    r = torch.rand(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
    total = sum((r.diff(dim=axis).abs() ** beta).sum() for axis in (2, 3))
    torch.testing.assert_close(variation_slope(r.detach(), beta), torch.autograd.grad(total, r)[0])


@pytest.mark.parametrize("variant", ["deletion", "preservation"])
@pytest.mark.parametrize("perturbation", ["blur", "black"])
def test_the_mask_rests_on_what_the_network_looks_at(variant: str, perturbation: str, seeded: None) -> None:
    x = torch.zeros(2, 2, 24, 24, dtype=torch.float64)
    x[:, :, 4:10, 12:18] = 0.5 + 0.5 * torch.rand(2, 2, 6, 6)
    x[:, :, 16:20, 2:8] = 1  # as bright, and of no concern to the network
    options = {"variant": variant, "perturbation": perturbation, "cell": 2, "iterations": 60}
    found = explain(looks_at(slice(4, 10), slice(12, 18)), x, "action:0", **options)
    for mask in found[:, 0]:
        row, column = divmod(int(mask.argmax()), 24)
        assert 4 <= row < 10
        assert 12 <= column < 18
        assert mask[2:12, 10:20].sum() > 0.95 * mask.sum()
        assert mask[4:10, 12:18].mean() > 0.4 / 2  # half of the mask, or nearly, for each of two frames


def test_frames_with_masks_of_their_own(seeded: None) -> None:
    network = looks_at(slice(4, 10), slice(12, 18), frame=1)
    x = torch.rand(1, 2, 24, 24, dtype=torch.float64)
    found = explain(network, x, "action:0", frames="each", iterations=60, perturbation="black")
    assert found[0, 1].sum() > 50 * found[0, 0].sum()


def test_the_size_of_q_values_does_not_matter(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    expected = explain(tiny_network, x, iterations=10)
    tiny_network[-1].weight.mul_(2.0**-12)
    tiny_network[-1].bias.mul_(2.0**-12)
    torch.testing.assert_close(explain(tiny_network, x, iterations=10), expected, rtol=0, atol=0)


@pytest.mark.parametrize("jitter", [0, 2])
def test_samples_do_not_depend_on_their_batch(jitter: int, tiny_network: nn.Sequential) -> None:
    x = torch.rand(35, 3, 12, 12, dtype=torch.float64)  # more than one pass
    whole = explain(tiny_network, x, iterations=10, jitter=jitter)
    for i in (0, 33):
        torch.testing.assert_close(explain(tiny_network, x[i : i + 1], iterations=10, jitter=jitter)[0], whole[i])


def test_jitter_moves_the_picture_and_not_the_mask() -> None:
    network = looks_at(slice(0, 24), slice(0, 24))  # wherever it is
    x = torch.zeros(1, 2, 24, 24, dtype=torch.float64)
    x[:, :, 8:12, 8:12] = 1
    options = {"cell": 1, "iterations": 100, "perturbation": "black", "l1": 2.0, "tv": 0.0}
    still, moved, other = (
        explain(network, x, "action:0", jitter=jitter, seed=seed, **options)[0, 0]
        for jitter, seed in ((0, 0), (3, 0), (3, 1))
    )
    around = torch.zeros(24, 24, dtype=torch.bool)
    around[5:15, 5:15] = True
    assert still[8:12, 8:12].sum() > 0.99 * still.sum() > 0
    assert moved[around].sum() > 0.99 * moved.sum() > 0
    assert (moved > 0.01).sum() > (still > 0.01).sum()
    assert not torch.equal(moved, other)


def test_nothing_to_perturb_is_no_mask(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12)
    x[0] = 0
    x[1] *= torch.rand(3, 12, 12) < 0.5
    found = explain(tiny_network.float(), x, iterations=3)
    assert not found[0].any()
    assert found[1].max() > 0


def test_a_layer_without_derivative_is_refused(make_network: Callable[[str], nn.Sequential]) -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 4, 2), nn.ELU(), nn.Flatten(), nn.Linear(50, 2))
    with pytest.raises(InvalidValue, match="is not defined on layer 1, ELU"):
        explain(network, torch.rand(1, 3, 12, 12), "value")


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("variant", "delete", "'deletion' or 'preservation'"),
        ("perturbation", "noise", "'blur' or 'black'"),
        ("sigma", 0.0, "0.1 to the frame's side, 12"),
        ("cell", 0, "1 to the frame's side, 12"),
        ("cell", 13, "1 to the frame's side, 12"),
        ("iterations", 0, "at least 1"),
        ("learning_rate", 0.0, "above 0"),
        ("l1", -1.0, "at least 0"),
        ("tv", -1.0, "at least 0"),
        ("beta", 0.5, "at least 1"),
        ("jitter", 12, "0 to below the frame's side, 12"),
        ("seed", -1, "0 to 2^63 - 1"),
        ("frames", "none", "'all' or 'each'"),
    ],
)
def test_options_are_checked(option: str, value: object, allowed: str, tiny_network: nn.Sequential) -> None:
    with pytest.raises(InvalidValue) as error:
        explain(tiny_network, torch.rand(1, 3, 12, 12), **{option: value})
    assert str(error.value) == f"meaningful-perturbation option {option} must be {allowed}, met {value!r}"
