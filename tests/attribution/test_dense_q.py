from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution import Target, explain_batch, forward_pass
from rlxai.attribution.dense_q import DENSE_Q, dense_outputs
from rlxai.errors import InvalidValue
from rlxai.networks.heads import DuelingHead, QuantileMean

NETWORKS: dict[str, Callable[[], nn.Sequential]] = {
    "two linear layers": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 4, 2), nn.ReLU(), nn.Conv2d(3, 4, 3, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(4 * 9, 5), nn.ReLU(), nn.Linear(5, 3),
    ),
    "uneven kernels and strides": lambda: nn.Sequential(
        nn.Conv2d(2, 3, (5, 3), (3, 2)), nn.ReLU(), nn.Conv2d(3, 4, (2, 3), (1, 2)), nn.ReLU(inplace=True),
        nn.Flatten(), nn.ReLU(), nn.Linear(4 * 2 * 2, 3),
    ),
    "border that no window reaches": lambda: nn.Sequential(nn.Conv2d(2, 3, 4, 6), nn.Flatten(), nn.Linear(12, 3)),
    "global average pooling": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3)
    ),
    "convolutions alone": lambda: nn.Sequential(nn.Conv2d(2, 4, 3, 3), nn.ReLU(), nn.Conv2d(4, 3, 4), nn.Flatten()),
    "no convolution": lambda: nn.Sequential(nn.Flatten(), nn.Linear(2 * 144, 6), nn.ReLU(), nn.Linear(6, 3)),
    "quantiles": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 12), QuantileMean(4)
    ),
    "dueling head": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 8), nn.ReLU(), DuelingHead(4, 3)
    ),
}  # fmt: skip


def literal(network: nn.Sequential, x: Tensor, weights: Tensor, zoom: float, margin: int, stride: tuple) -> Tensor:
    """One frame (C, H, W) -> map (H, W), window by window."""
    height, width = x.shape[1:]
    big = F.interpolate(x[None], size=(round(height * zoom), round(width * zoom)), mode="bilinear")[0]
    black = (network(torch.zeros_like(x)[None])[0] * weights).sum()
    ends = big.shape[1] + 2 * margin, big.shape[2] + 2 * margin  # where the border has its margin
    canvas = torch.zeros(x.shape[0], ends[0] + stride[0], ends[1] + stride[1], dtype=x.dtype)
    canvas[:, margin : margin + big.shape[1], margin : margin + big.shape[2]] = big
    down, across = (math.ceil((end - own) / step) for end, own, step in zip(ends, (height, width), stride, strict=True))
    total, count = torch.zeros(height, width, dtype=x.dtype), torch.zeros(height, width)
    for i in range(down + 1):
        for j in range(across + 1):
            top, left = i * stride[0], j * stride[1]
            window = canvas[:, top : top + height, left : left + width]
            assert window.shape == x.shape
            effect = (network(window[None])[0] * weights).sum() - black
            for row in range(height):
                for column in range(width):
                    y = margin + (row + 0.5) * big.shape[1] / height
                    z = margin + (column + 0.5) * big.shape[2] / width
                    if top <= y < top + height and left <= z < left + width:
                        total[row, column] += effect
                        count[row, column] += 1
    assert (count > 0).all()
    return total / count


def total_stride(network: nn.Sequential) -> tuple[int, int]:
    down = across = 1
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            down, across = down * layer.stride[0], across * layer.stride[1]
    return down, across


@pytest.mark.parametrize(("zoom", "margin"), [(2.0, 0), (1.0, 3), (1.7, 2)])
@pytest.mark.parametrize("name", NETWORKS)
def test_against_one_window_at_a_time(name: str, zoom: float, margin: int, seeded: None) -> None:
    network = NETWORKS[name]().double().requires_grad_(False)
    x = torch.rand(3, 2, 12, 12, dtype=torch.float64)
    forward = forward_pass(network, x)
    found = explain_batch(forward, DENSE_Q, "advantage", zoom=zoom, margin=margin).relevance
    weights = Target.parse("advantage").weights(forward.q)
    stride = total_stride(network)
    for sample in range(2):
        expected = literal(network, x[sample], weights[sample], zoom, margin, stride)
        for frame in found[sample]:
            torch.testing.assert_close(frame, expected / 2, rtol=1e-9, atol=1e-12)


def test_frames_that_are_not_square(seeded: None) -> None:
    network = nn.Sequential(nn.Conv2d(2, 3, 3, (2, 1)), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 4 * 12, 3)).double()
    x = torch.rand(1, 2, 9, 14, dtype=torch.float64)
    with torch.no_grad():
        found = explain_batch(forward_pass(network, x), DENSE_Q, "action:1").relevance
        expected = literal(network, x[0], torch.tensor([0.0, 1.0, 0.0]).double(), 2.0, 0, (2, 1))
    torch.testing.assert_close(found[0, 0], expected / 2, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["nature", "gap", "dueling"])
def test_the_dense_pass_is_the_network_on_every_window(name: str, make_network) -> None:
    network = make_network(name)
    frames = torch.rand(1, 4, 84 + 16, 84 + 8, dtype=torch.float64)
    dense = dense_outputs(forward_pass(network, frames[:, :, :84, :84]).steps, frames)
    assert dense.shape == (1, 4, 3, 2)
    for i in range(3):
        for j in range(2):
            window = frames[:, :, 8 * i : 8 * i + 84, 8 * j : 8 * j + 84]
            torch.testing.assert_close(dense[:, :, i, j], network(window), rtol=1e-10, atol=1e-12)


def test_empty_windows_have_no_effect(tiny_network: nn.Sequential) -> None:
    x = torch.zeros(2, 3, 12, 12, dtype=torch.float64)
    assert not explain_batch(forward_pass(tiny_network, x), DENSE_Q, "value").relevance.any()
    x[1, :, :2, :2] = 1  # enlarged 4 times it fills the first 8 pixels; windows of 12 start at 0, 2, 4, ...
    found = explain_batch(forward_pass(tiny_network, x), DENSE_Q, "value", zoom=4.0).relevance
    assert found[1, :, :2, :2].abs().min() > 0
    assert not found[1, :, 5:].any()
    assert not found[1, :, :, 5:].any()


def test_without_zoom_and_margin_there_is_one_window(tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    forward = forward_pass(tiny_network, x)
    found = explain_batch(forward, DENSE_Q, "action:2", zoom=1.0)
    difference = found.target - tiny_network(torch.zeros_like(x))[:, 2]
    torch.testing.assert_close(found.relevance * 3, difference[:, None, None, None].expand_as(x))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(432, 3)],
         r"not defined on layer 0, Conv2d\(2, 3, .*padding=\(1, 1\)\); its padding would lie inside"),
        ([nn.Conv2d(2, 3, 3, padding="same"), nn.ReLU(), nn.Flatten(), nn.Linear(432, 3)], "layer 0, .*padding=same"),
        ([nn.Conv2d(2, 3, 3), nn.ELU(), nn.Flatten(), nn.Linear(300, 3)], "layer 1, ELU"),
        ([nn.Conv2d(2, 3, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(75, 3)], "layer 1, MaxPool2d"),
        ([nn.Conv2d(2, 3, 3), nn.Flatten()], "layer 1, Flatten.* without a linear one"),
        ([nn.Linear(12, 5), nn.Flatten(), nn.Linear(120, 3)], "layer 0, Linear"),
    ],
)  # fmt: skip
def test_layers_that_make_windows_differ_from_frames_are_refused(layers: list, message: str) -> None:
    forward = forward_pass(nn.Sequential(*layers), torch.rand(1, 2, 12, 12))
    with pytest.raises(InvalidValue, match=message):
        explain_batch(forward, DENSE_Q, "action:0")


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [("zoom", 0.5, "1 to 8, met 0.5"), ("zoom", 9.0, "1 to 8"), ("margin", -1, "0 to the frame's side less one, 11"),
     ("margin", 12, "0 to the frame's side less one, 11, met 12")],
)  # fmt: skip
def test_options_are_checked(option: str, value: float, allowed: str, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    with pytest.raises(InvalidValue, match=f"dense-q option {option} must be {allowed}"):
        explain_batch(forward, DENSE_Q, **{option: value})


def test_memory_is_bounded_and_nothing_is_left_out(tiny_network: nn.Sequential, monkeypatch) -> None:
    x = torch.rand(5, 3, 12, 12, dtype=torch.float64)
    whole = explain_batch(forward_pass(tiny_network, x), DENSE_Q).relevance
    monkeypatch.setattr("rlxai.attribution.dense_q.PASS_SIZE", 2)
    torch.testing.assert_close(explain_batch(forward_pass(tiny_network, x), DENSE_Q).relevance, whole)
    assert explain_batch(forward_pass(tiny_network, x[:0]), DENSE_Q).relevance.shape == (0, 3, 12, 12)
