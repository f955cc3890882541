from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.attribution.surrogate import proximity, ridge_fit, segments, shown_squares
from rlxai.errors import InvalidValue

OPTIONS = {"cells": 3, "samples": 60, "ridge": 0.5, "kernel": 0.3, "seed": 2}


def literal(network: nn.Sequential, x: Tensor, squares: list[int], group: list[int]) -> dict[int, float]:
    """Slope of each square for x (1, 3, 12, 12) and action 1: the ridge as least squares with rows for the penalty."""
    rows, targets = [], []
    for shown in shown_squares(OPTIONS["samples"], 9, OPTIONS["seed"]):
        covered = x.clone()
        for square in range(9):
            top, left = 4 * (square // 3), 4 * (square % 3)
            if not shown[square]:
                covered[:, group, top : top + 4, left : left + 4] = 0
        cosine = sum(map(int, shown)) / (3 * math.sqrt(max(sum(map(int, shown)), 1)))
        root = math.sqrt(math.exp(-((1 - cosine) ** 2) / (2 * OPTIONS["kernel"] ** 2)))
        rows.append([root, *(root * int(shown[square]) for square in squares)])
        targets.append(root * network(covered)[0, 1].item())
    for position in range(len(squares)):
        rows.append([0.0] * (1 + position) + [math.sqrt(OPTIONS["ridge"])] + [0.0] * (len(squares) - position - 1))
        targets.append(0.0)
    system = torch.tensor(rows, dtype=torch.float64), torch.tensor(targets, dtype=torch.float64)[:, None]
    return dict(zip(squares, torch.linalg.lstsq(*system).solution[1:, 0].tolist(), strict=True))


def test_against_least_squares_over_covered_copies(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    x[1, :, 4:8] = 0  # squares 3, 4 and 5 are black
    x[1, 2, 8:] = 0  # and in the last frame 6, 7 and 8 too
    forward = forward_pass(tiny_network, x)
    together = explain_batch(forward, "lime", "action:1", **OPTIONS).relevance
    each = explain_batch(forward, "lime", "action:1", frames="each", **OPTIONS).relevance

    def check(found: Tensor, slopes: dict[int, float]) -> None:
        for square in range(9):
            part = found[4 * (square // 3) :, 4 * (square % 3) :][:4, :4]
            torch.testing.assert_close(part, torch.full_like(part, slopes.get(square, 0.0)), rtol=1e-8, atol=1e-13)

    for sample, squares in ((0, [*range(9)]), (1, [0, 1, 2, 6, 7, 8])):
        for frame in range(3):
            check(together[sample, frame] * 3, literal(tiny_network, x[sample : sample + 1], squares, [0, 1, 2]))
            lit = squares[:3] if (sample, frame) == (1, 2) else squares
            check(each[sample, frame], literal(tiny_network, x[sample : sample + 1], lit, [frame]))


def test_a_network_with_smaller_outputs_has_smaller_maps(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    large = explain_batch(forward_pass(tiny_network, x), "lime", "action:1", **OPTIONS).relevance
    for parameter in tiny_network[-1].parameters():
        parameter.mul_(1e-3)
    small = explain_batch(forward_pass(tiny_network, x), "lime", "action:1", **OPTIONS).relevance
    torch.testing.assert_close(small, 1e-3 * large, rtol=1e-9, atol=1e-15)
    assert large.abs().min() > 0


def test_a_linear_network_gives_its_own_slopes(seeded: None) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(144, 2)).double().requires_grad_(False)
    x = torch.rand(1, 1, 12, 12, dtype=torch.float64)
    found = explain_batch(forward_pass(network, x), "lime", "action:1", cells=4, ridge=1e-9).relevance[0, 0]
    contributions = network[1].weight[1].view(12, 12) * x[0, 0]
    squares = contributions.unfold(0, 3, 3).unfold(1, 3, 3).sum((2, 3))  # (4, 4)
    torch.testing.assert_close(found, squares.repeat_interleave(3, 0).repeat_interleave(3, 1), rtol=1e-6, atol=1e-9)


def test_small_targets_give_small_slopes_not_zeros(seeded: None) -> None:
    shown = shown_squares(100, 6, 0)
    y = torch.randn(1, 101, dtype=torch.float64)
    everything = torch.ones(1, 6, dtype=torch.bool)
    large, small = (ridge_fit(shown, scale * y, proximity(shown, 0.25), 1.0, everything) for scale in (1, 1e-9))
    torch.testing.assert_close(small * 1e9, large)
    assert (large != 0).all()


def test_squares_tile_the_frame() -> None:
    square = segments(84, 84, 12)
    assert torch.bincount(square.flatten()).tolist() == [49] * 144
    assert square[7, 6] == 12
    assert torch.bincount(segments(20, 12, 12).flatten(), minlength=144).min() > 0


def test_samples_start_with_the_full_input_and_follow_the_seed() -> None:
    shown = shown_squares(4000, 9, 1)
    assert shown[0].all()
    assert (shown[1:].double().mean(0) - 0.5).abs().max() < 0.03
    assert torch.equal(shown, shown_squares(4000, 9, 1))
    assert not torch.equal(shown, shown_squares(4000, 9, 2))


def test_maps_are_linear_in_the_target(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12, dtype=torch.float64))
    one, other, both = (explain_batch(forward, "lime", t).relevance for t in ("action:0", "action:2", "contrast:0:2"))
    torch.testing.assert_close(one - other, both)


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("cells", 0, "1 to 12"),
        ("cells", 13, "1 to 12"),
        ("samples", 0, "at least 1"),
        ("ridge", 0.0, "above 0"),
        ("kernel", 0.0, "at least 0.01"),
        ("seed", -1, "0 to 2"),
        ("frames", "none", "'all' or 'each'"),
    ],
)
def test_options_are_checked(option: str, value: object, allowed: str, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    with pytest.raises(InvalidValue, match=f"lime option {option} must be {allowed}.*, met {value!r}"):
        explain_batch(forward, "lime", **{option: value})
