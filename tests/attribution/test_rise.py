from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.attribution.masks import SmoothMasks
from rlxai.errors import InvalidValue

LIKE = torch.zeros(1, 3, 12, 12, dtype=torch.float64)


def drawn(count: int, cells: int = 4, keep: float = 0.5, seed: int = 0, like: Tensor = LIKE) -> Tensor:
    return torch.cat([*SmoothMasks(count, cells, keep, like, seed=seed)])


def literal(network: nn.Sequential, x: Tensor, masks: Tensor, group: list[int], centred: bool) -> Tensor:
    """(H, W) for x (1, 3, H, W), target `contrast:1:3` and masks that each pixel shows with probability 0.3."""
    targets = []
    for mask in masks:
        masked = x.clone()
        masked[:, group] *= mask
        targets.append(network(masked)[0, 1] - network(masked)[0, 3])
    mean = sum(targets) / len(masks) if centred else 0
    return sum((t - mean) * mask for t, mask in zip(targets, masks, strict=True)) / (len(masks) * 0.3)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_against_one_mask_at_a_time(centred: bool, dtype: torch.dtype, tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=dtype)
    forward = forward_pass(tiny_network.to(dtype), x)
    masks = drawn(40, keep=0.3, seed=5).to(dtype)
    options = {"masks": 40, "cells": 4, "keep": 0.3, "seed": 5, "centred": centred}
    together = explain_batch(forward, "rise", "contrast:1:3", **options).relevance
    each = explain_batch(forward, "rise", "contrast:1:3", frames="each", **options).relevance
    expected = literal(tiny_network, x[1:], masks, [0, 1, 2], centred)
    torch.testing.assert_close(together[1], expected.expand(3, -1, -1) / 3)
    for frame in range(3):
        torch.testing.assert_close(each[1, frame], literal(tiny_network, x[1:], masks, [frame], centred))


def test_masks_are_random_grids_enlarged_and_shifted() -> None:
    generator = torch.Generator().manual_seed(3)
    grids = (torch.rand(50, 7, 7, generator=generator, dtype=torch.float64) < 0.5).double()
    down, right = (torch.randint(12, (50,), generator=generator) for _ in range(2))  # cells of 84 / 7 = 12 pixels
    large = nn.functional.interpolate(grids[:, None], (96, 96), mode="bilinear")[:, 0]
    found = drawn(50, 7, seed=3, like=torch.zeros(1, 4, 84, 84, dtype=torch.float64))
    for k in range(50):
        torch.testing.assert_close(found[k], large[k, down[k] : down[k] + 84, right[k] : right[k] + 84])


def test_masks_follow_the_seed_and_show_what_they_should() -> None:
    assert torch.equal(drawn(40, seed=1), drawn(40, seed=1))
    assert not torch.equal(drawn(40, seed=1), drawn(40, seed=2))
    masks = drawn(4000, keep=0.2)
    assert 0 <= masks.min() < masks.max() <= 1
    assert (masks.mean(0) - 0.2).abs().max() < 0.03
    torch.testing.assert_close(drawn(40, like=LIKE.float()), drawn(40).float())
    assert [len(part) for part in SmoothMasks(70, 4, 0.5, LIKE, seed=0)] == [64, 6]


def test_a_pixel_that_alone_matters_stands_out(seeded: None) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 144, 2)).double().requires_grad_(False)
    network[1].weight.zero_()
    network[1].weight[0, 144 + 5 * 12 + 7] = 1  # frame 1, row 5, column 7
    network[1].bias.fill_(100)
    x = torch.ones(1, 3, 12, 12, dtype=torch.float64)
    found = explain_batch(forward_pass(network, x), "rise", "action:0", cells=6, masks=2000).relevance[0, 0]
    assert divmod(int(found.argmax()), 12) == (5, 7)
    other = explain_batch(forward_pass(network, x), "rise", "action:1").relevance
    assert other.abs().max() < 1e-12  # a target that no mask changes has none, whatever its height


def test_maps_are_linear_in_the_target(tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(2, 3, 12, 12, dtype=torch.float64))
    one, other, both = (explain_batch(forward, "rise", t).relevance for t in ("action:0", "action:2", "contrast:0:2"))
    torch.testing.assert_close(one - other, both)


def test_memory_is_bounded(tiny_network: nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = forward_pass(tiny_network, torch.rand(3, 3, 12, 12))
    sizes: list[int] = []
    run = nn.Conv2d.forward
    monkeypatch.setattr(nn.Conv2d, "forward", lambda layer, batch: sizes.append(len(batch)) or run(layer, batch))
    explain_batch(forward, "rise", masks=70)
    assert max(sizes) <= 64
    assert sum(sizes) == 3 * 3 * 70  # two convolutions, and the linear layer that runs as one


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("masks", 0, "at least 1"),
        ("cells", 0, "1 to the frame's side, 12"),
        ("cells", 13, "1 to the frame's side, 12"),
        ("keep", 0.0, "above 0 and below 1"),
        ("keep", 1.0, "above 0 and below 1"),
        ("seed", -1, "0 to 2"),
        ("frames", "none", "'all' or 'each'"),
    ],
)
def test_options_are_checked(option: str, value: object, allowed: str, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    with pytest.raises(InvalidValue, match=f"rise option {option} must be {allowed}.*, met {value!r}"):
        explain_batch(forward, "rise", **{option: value})
