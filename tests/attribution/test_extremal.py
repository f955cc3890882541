from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.attribution.extremal import TIE, ranked
from rlxai.attribution.smooth_mask import SmoothMaximum, enlargement
from rlxai.errors import InvalidValue
from tests.attribution.mask_games import Share, enlarge, looks_at

WEIGHTS = torch.tensor([[0, 1.0, 0, -1.0]], dtype=torch.float64)


def explain(network: nn.Sequential, x: Tensor, target: str = "contrast:1:3", **options: object) -> Tensor:
    return explain_batch(forward_pass(network, x), "extremal-perturbation", target, **options).relevance


def smooth_maximum(p: Tensor, radius: float) -> Tensor:
    """One cell at a time: (h + 2 margin, w + 2 margin) -> (h, w)."""
    margin = int(4 * radius)
    rows = []
    for i in range(margin, p.shape[0] - margin):
        for j in range(margin, p.shape[1] - margin):
            cells, kernel = [], []
            for y in range(p.shape[0]):
                for x in range(p.shape[1]):
                    distance = math.hypot(i - y, j - x) / radius
                    if distance <= 4:
                        cells.append(y * p.shape[1] + x)
                        kernel.append(math.exp(-(max(0, distance - 1) ** 2) / 4))
            f = torch.tensor(kernel, dtype=p.dtype) * p.flatten()[cells]
            rows.append((f * (20 * f).exp()).sum() / (20 * f).exp().sum())
    return torch.stack(rows).view(p.shape[0] - 2 * margin, -1)


def area_reference(m: Tensor, area: float) -> Tensor:
    """r_a laid out as the mask, by sorting; values equal to a rounding share alike."""
    values, order = (m.detach().flatten() / TIE).round().sort()
    ones = min(max(round(area * len(values)), 1), len(values))
    r = torch.tensor([0.0] * (len(values) - ones) + [1.0] * ones, dtype=m.dtype)
    for value in values.unique():
        r[values == value] = r[values == value].mean()
    return r[order.argsort()].view_as(m)


@pytest.mark.parametrize("radius", [0.5, 0.8, 1.0, 1.3])
def test_smooth_maximum_against_loops(radius: float, seeded: None) -> None:
    smooth = SmoothMaximum(radius, torch.zeros(0, dtype=torch.float64))
    assert smooth.margin == int(4 * radius)
    p = torch.rand(2, 4 + 2 * smooth.margin, 3 + 2 * smooth.margin, dtype=torch.float64, requires_grad=True)
    expected = torch.stack([smooth_maximum(one, radius) for one in p])
    found, saved = smooth(p.detach())
    torch.testing.assert_close(found, expected.detach(), rtol=1e-12, atol=0)
    c = torch.rand_like(found)
    slope = torch.autograd.grad((c * expected).sum(), p)[0]
    torch.testing.assert_close(smooth.pull_back(saved, c), slope, rtol=1e-10, atol=1e-12)


def test_even_masks_stay_even_and_the_smallest_mask_is_a_disk() -> None:
    smooth = SmoothMaximum(1.0, torch.zeros(0, dtype=torch.float64))
    for level in (0.0, 0.5, 1.0):
        m, _ = smooth(torch.full((1, 18, 18), level, dtype=torch.float64))
        torch.testing.assert_close(m, m[:, :1, :1].expand_as(m))
        assert level * 0.9 <= float(m.mean()) <= level
    p = torch.zeros(1, 18, 18, dtype=torch.float64)
    p[0, 9, 9] = 1
    m, _ = smooth(p)
    assert (m[0, 5, 4:7] > 0.999).all()
    assert int((m > 0.5).sum()) == 21  # the cells up to √5 from the middle
    torch.testing.assert_close(m, m.mT)


def test_enlargement_is_bilinear(seeded: None) -> None:
    cells = torch.rand(1, 1, 5, 7, dtype=torch.float64)
    found = enlargement(12, 5, cells) @ cells @ enlargement(20, 7, cells).T
    torch.testing.assert_close(found, enlarge(cells, torch.zeros(1, 1, 12, 20)))


def test_ranks() -> None:
    m = torch.tensor([[0.1, 0.9, 0.5, 0.7], [0.3, 0.3, 0.3, 0.9], [0.2, 0.2, 0.2, 0.2]])
    expected = torch.tensor([[0, 1, 0, 1], [1 / 3, 1 / 3, 1 / 3, 1], [0.25, 0.25, 0.25, 0.25]])
    torch.testing.assert_close(ranked(m, torch.tensor([2, 2, 1]), 2), expected)
    m[2] += torch.tensor([1e-6, -1e-6, 0, 1e-7])  # round-off does not rank
    torch.testing.assert_close(ranked(m, torch.tensor([2, 2, 1]), 2), expected)


@pytest.mark.parametrize("frames", ["all", "each"])
@pytest.mark.parametrize(("variant", "perturbation"), [("preservation", "blur"), ("deletion", "black")])
def test_against_one_sample_and_area_at_a_time(
    variant: str, frames: str, perturbation: str, tiny_network: nn.Sequential
) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    options = {"areas": "0.1,0.3", "cell": 3, "radius": 1.5, "iterations": 7, "learning_rate": 0.01, "weight": 1.5}
    found = explain(tiny_network, x, variant=variant, frames=frames, perturbation=perturbation, sigma=1.5, **options)
    groups = 3 if frames == "each" else 1
    for sample, relevance in zip(x, found, strict=True):
        share = Share(tiny_network, WEIGHTS, sample[None], perturbation, 1.5)
        expected = torch.zeros(3, 12, 12, dtype=torch.float64)
        for area in (0.1, 0.3):
            p = torch.full((groups, 8, 8), 0.5, dtype=torch.float64, requires_grad=True)
            speed = torch.zeros_like(p)
            for weight in (1.5, 1.5, 1.5, 3.0, 3.0, 6.0, 6.0):
                m = torch.stack([smooth_maximum(one, 0.5) for one in p])[None]
                marked = enlarge(m, sample[None])
                missing = -share(marked) if variant == "preservation" else share(1 - marked)
                off = (m - area_reference(m, area)).square().sum()
                slope = torch.autograd.grad(16 * groups * missing + weight * off, p)[0]
                speed = 0.9 * speed + slope
                p = (p - 0.01 * speed).detach().clamp(0, 1).requires_grad_()
            m = torch.stack([smooth_maximum(one, 0.5) for one in p])[None].detach()
            expected += enlarge(m, sample[None])[0] / (1 if frames == "each" else 3)
        torch.testing.assert_close(relevance, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("variant", ["preservation", "deletion"])
@pytest.mark.parametrize("perturbation", ["blur", "black"])
def test_masks_rest_on_what_the_network_looks_at_and_have_their_area(
    variant: str, perturbation: str, seeded: None
) -> None:
    x = torch.zeros(2, 2, 40, 40, dtype=torch.float64)
    x[:, :, 8:18, 20:30] = 0.5 + 0.5 * torch.rand(2, 2, 10, 10)
    x[:, :, 28:36, 2:10] = 1  # as bright, and of no concern to the network
    network = looks_at(slice(8, 18), slice(20, 30), size=40)
    options = {"variant": variant, "perturbation": perturbation, "areas": "0.1", "iterations": 60}
    found = explain(network, x, "action:0", **options)
    for mask in 2 * found[:, 0]:
        row, column = divmod(int(mask.argmax()), 40)
        assert 8 <= row < 18
        assert 20 <= column < 30
        assert mask[5:21, 17:33].sum() > 0.85 * mask.sum()
        assert 0.09 < float((mask > 0.5).double().mean()) < 0.11


def test_areas_add_up(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    both, one, other = (explain(tiny_network, x, areas=areas, iterations=5) for areas in ("0.1,0.3", "0.1", "0.3"))
    torch.testing.assert_close(both, one + other)


def test_each_sample_has_a_mask_of_its_own() -> None:
    x = torch.zeros(2, 2, 24, 24, dtype=torch.float64)
    x[0, :, 2:8, 2:8] = 1
    x[1, :, 14:20, 12:18] = 1
    found = explain(
        looks_at(slice(0, 24), slice(0, 24)), x, "action:0", areas="0.1", iterations=40, perturbation="black"
    )
    places = (slice(2, 8), slice(2, 8)), (slice(14, 20), slice(12, 18))
    means = torch.stack([torch.stack([mask[:, rows, columns].mean() for rows, columns in places]) for mask in found])
    assert means.diagonal().min() > 0.7 / 2  # each of two frames holds half of the mask
    assert means.fliplr().diagonal().max() < 0.1 / 2


def test_frames_with_masks_of_their_own(seeded: None) -> None:
    x = torch.rand(1, 2, 24, 24, dtype=torch.float64)
    network = looks_at(slice(4, 10), slice(12, 18), frame=1)
    found = explain(network, x, "action:0", frames="each", areas="0.1", iterations=40, perturbation="black")
    assert found[0, 1].sum() > 3 * found[0, 0].sum()
    assert 0.08 < float((found > 0.5).double().mean()) < 0.12  # of both frames together


def test_the_size_of_q_values_does_not_matter(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    expected = explain(tiny_network, x, iterations=10)
    tiny_network[-1].weight.mul_(2.0**-12)
    tiny_network[-1].bias.mul_(2.0**-12)
    torch.testing.assert_close(explain(tiny_network, x, iterations=10), expected, rtol=0, atol=0)


def test_samples_do_not_depend_on_their_batch(tiny_network: nn.Sequential) -> None:
    x = torch.rand(17, 3, 12, 12, dtype=torch.float64)  # with three areas, more than one pass
    whole = explain(tiny_network, x, iterations=10)
    for i in (0, 12):
        torch.testing.assert_close(explain(tiny_network, x[i : i + 1], iterations=10)[0], whole[i])


def test_nothing_to_perturb_is_no_mask(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12)
    x[0] = 0
    found = explain(tiny_network.float(), x, iterations=3)
    assert not found[0].any()
    assert found[1].max() > 0


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("areas", "", "numbers above 0 and below 1, with commas between them"),
        ("areas", "0.1;0.2", "numbers above 0 and below 1, with commas between them"),
        ("areas", "0.1,1", "numbers above 0 and below 1, with commas between them"),
        ("areas", "0.1,nan", "numbers above 0 and below 1, with commas between them"),
        ("variant", "keep", "'preservation' or 'deletion'"),
        ("perturbation", "noise", "'blur' or 'black'"),
        ("sigma", 13.0, "0.1 to the frame's side, 12"),
        ("cell", 0, "1 to the frame's side, 12"),
        ("cell", 13, "1 to the frame's side, 12"),
        ("radius", 0.9, "half a cell to 4, 1.0 to 8.0"),
        ("radius", 9.0, "half a cell to 4, 1.0 to 8.0"),
        ("iterations", 0, "at least 1"),
        ("learning_rate", 0.0, "above 0"),
        ("weight", -1.0, "at least 0"),
        ("frames", "none", "'all' or 'each'"),
    ],
)
def test_options_are_checked(option: str, value: object, allowed: str, tiny_network: nn.Sequential) -> None:
    with pytest.raises(InvalidValue) as error:
        explain(tiny_network, torch.rand(1, 3, 12, 12), **{option: value})
    assert str(error.value) == f"extremal-perturbation option {option} must be {allowed}, met {value!r}"
