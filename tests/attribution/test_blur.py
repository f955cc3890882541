from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.attribution.blur import gaussian_rows, grid
from rlxai.errors import InvalidValue
from tests.attribution.test_occlusion import count_samples

OPTIONS = {"sigma": 1.0, "radius": 1.5, "spacing": 3}


def blurred(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (H, W), pixel by pixel, cut off at 4 sigma, the border mirrored."""
    height, width = image.shape
    reach = int(4 * sigma + 0.5)
    out = torch.zeros_like(image)

    def mirrored(i: int, length: int) -> int:
        while not 0 <= i < length:
            i = -1 - i if i < 0 else 2 * length - 1 - i
        return i

    norm = sum(math.exp(-((d / sigma) ** 2) / 2) for d in range(-reach, reach + 1)) ** 2
    for row in range(height):
        for column in range(width):
            for down in range(-reach, reach + 1):
                for right in range(-reach, reach + 1):
                    weight = math.exp(-(down**2 + right**2) / sigma**2 / 2) / norm
                    pixel = image[mirrored(row + down, height), mirrored(column + right, width)]
                    out[row, column] += weight * pixel
    return out


def perturbed(x: Tensor, smooth: Tensor, centre: tuple[int, int], radius: float, group: list[int]) -> Tensor:
    out = x.clone()
    for row in range(x.shape[2]):
        for column in range(x.shape[3]):
            down, right = row - centre[0], column - centre[1]
            if max(abs(down), abs(right)) <= 4 * radius:
                mask = math.exp(-(down**2 + right**2) / (2 * radius**2))
                out[:, group, row, column] = (1 - mask) * x[:, group, row, column] + mask * smooth[group, row, column]
    return out


def literal(network: nn.Sequential, x: Tensor, group: list[int]) -> dict[tuple[int, int], Tensor]:
    """Outputs (A,) by centre, one at a time, for x (1, 3, 12, 12)."""
    smooth = torch.stack([blurred(frame, OPTIONS["sigma"]) for frame in x[0]])
    centres = [(row, column) for row in range(0, 12, 3) for column in range(0, 12, 3)]
    return {c: network(perturbed(x, smooth, c, OPTIONS["radius"], group))[0] for c in centres}


@pytest.mark.parametrize("frames", ["all", "each"])
def test_against_one_point_at_a_time(frames: str, tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    forward = forward_pass(tiny_network, x)
    contrast = explain_batch(forward, "blur-perturbation", "contrast:0:2", frames=frames, **OPTIONS).relevance
    squared = explain_batch(forward, "blur-perturbation", frames=frames, score="squared", **OPTIONS).relevance
    for frame, group in enumerate([[0, 1, 2]] if frames == "all" else [[0], [1], [2]]):
        share = 3 if frames == "all" else 1
        for (row, column), out in literal(tiny_network, x[1:], group).items():
            q = forward.q[1]
            torch.testing.assert_close(contrast[1, frame, row, column] * share, (q - out)[0] - (q - out)[2])
            torch.testing.assert_close(squared[1, frame, row, column] * share, ((q - out) ** 2).sum() / 2)


def test_a_blur_keeps_the_sum_of_what_it_smears() -> None:
    like = torch.zeros(0, dtype=torch.float64)
    for length, sigma in ((84, 3.0), (7, 3.0), (1, 2.0)):
        rows = gaussian_rows(length, sigma, like)
        torch.testing.assert_close(rows.sum(0), torch.ones(length, dtype=torch.float64))
        torch.testing.assert_close(rows.sum(1), torch.ones(length, dtype=torch.float64))
    centre = gaussian_rows(84, 3.0, like)[40]
    assert centre.nonzero().flatten().tolist() == list(range(28, 53))
    torch.testing.assert_close(centre[43] / centre[40], torch.tensor(math.exp(-0.5), dtype=torch.float64))


def test_effects_stay_at_their_points_and_are_interpolated_between() -> None:
    points = grid(84, 5.0, 5, torch.zeros(0))
    assert points.mask.shape == (17, 84)  # 17 x 17 = 289 points
    values = points.hats @ torch.arange(17.0)
    assert values[[0, 5, 80]].tolist() == [0, 1, 16]
    assert values[[1, 2]].tolist() == pytest.approx([0.2, 0.4])
    assert values[[81, 82, 83]].tolist() == [16, 16, 16]
    torch.testing.assert_close(points.hats.sum(1), torch.ones(84))


def test_points_around_which_nothing_changes_are_not_run(
    tiny_network: nn.Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = torch.zeros(2, 3, 12, 12)
    x[1, 2, 0, 0] = 1  # the blur reaches pixels 0 to 2, the mask 2 more: points 0 and 3 along each side
    forward = forward_pass(tiny_network, x)
    sizes = count_samples(tiny_network[2], monkeypatch)
    found = explain_batch(forward, "blur-perturbation", sigma=0.5, radius=0.5, spacing=3).relevance
    assert sizes == [1] * 4
    assert not found[0].any()


def test_effects_are_linear_in_the_target(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12, dtype=torch.float64))
    one, other, both = (
        explain_batch(forward, "blur-perturbation", target).relevance
        for target in ("action:0", "action:2", "contrast:0:2")
    )
    torch.testing.assert_close(one - other, both)


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("sigma", 0.0, "0.1 to the frame's side, 12"),
        ("sigma", 13.0, "0.1 to the frame's side, 12"),
        ("radius", 0.0, "0.1 to the frame's side, 12"),
        ("spacing", 0, "at least 1"),
        ("frames", "none", "'all' or 'each'"),
        ("score", "cubed", "'target' or 'squared'"),
    ],
)
def test_options_are_checked(option: str, value: object, allowed: str, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    with pytest.raises(InvalidValue, match=f"blur-perturbation option {option} must be {allowed}, met {value!r}"):
        explain_batch(forward, "blur-perturbation", **{option: value})
