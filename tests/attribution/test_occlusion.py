from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass, incremental
from rlxai.attribution.occlusion import window_rows
from rlxai.errors import InvalidValue


def literal(network: nn.Sequential, x: Tensor, window: int, stride: int, value: float, group: list[int]) -> Tensor:
    """Mean effect over the windows on each pixel, one window at a time: (1, C, H, W) -> (H, W), target `chosen`."""
    height, width = x.shape[2:]
    best = network(x)[0].argmax()
    total, count = torch.zeros(height, width, dtype=x.dtype), torch.zeros(height, width, dtype=x.dtype)
    top, last_row, last_column = 0, False, False
    while not last_row:
        last_row, left, last_column = top + window >= height, 0, False
        while not last_column:
            last_column = left + window >= width
            covered = x.clone()
            covered[:, group, top : top + window, left : left + window] = value
            total[top : top + window, left : left + window] += (network(x) - network(covered))[0, best]
            count[top : top + window, left : left + window] += 1
            left += stride
        top += stride
    return total / count


@pytest.mark.parametrize("value", [0.0, 0.5])
@pytest.mark.parametrize(("window", "stride"), [(4, 2), (5, 3), (5, 5), (1, 1), (12, 12), (30, 7)])
def test_against_one_window_at_a_time(window: int, stride: int, value: float, tiny_network: nn.Sequential) -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    x[1, :, :7] = value
    x[1, 0] = value
    forward = forward_pass(tiny_network, x)
    options = {"window": window, "stride": stride, "value": value}
    together = explain_batch(forward, "occlusion", "chosen", **options).relevance
    each = explain_batch(forward, "occlusion", "chosen", frames="each", **options).relevance
    for sample in range(2):
        one = x[sample : sample + 1]
        expected = literal(tiny_network, one, window, stride, value, [0, 1, 2])
        torch.testing.assert_close(together[sample], expected.expand(3, -1, -1) / 3, rtol=1e-9, atol=1e-13)
        for frame in range(3):
            expected = literal(tiny_network, one, window, stride, value, [frame])
            torch.testing.assert_close(each[sample, frame], expected, rtol=1e-9, atol=1e-13)


def test_windows_start_every_stride_and_are_clipped_at_the_border() -> None:
    rows = window_rows(84, 9, 4)
    assert rows.shape == (20, 84)  # 20 x 20 = 400 windows
    assert rows[19].nonzero().flatten().tolist() == list(range(76, 84))
    assert rows.any(0).all()
    assert window_rows(9, 9, 4).shape == (1, 9)
    assert window_rows(10, 9, 4).sum(1).tolist() == [9, 6]


def test_the_chosen_action_stays_that_of_the_unperturbed_input(seeded: None) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(1, 2)).requires_grad_(False)
    network[1].weight.copy_(torch.tensor([[3.0], [0.0]]))
    network[1].bias.copy_(torch.tensor([0.0, 1.0]))
    forward = forward_pass(network, torch.ones(1, 1, 1, 1))  # q = (3, 1); covered: (0, 1)
    assert explain_batch(forward, "occlusion", "chosen", window=1, stride=1).relevance.item() == 3
    assert explain_batch(forward, "occlusion", "advantage", window=1, stride=1).relevance.item() == 1.5


def count_samples(layer: nn.Module, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Batch sizes that reach a layer from now on, as they are before rounding up."""
    monkeypatch.setattr(incremental, "MULTIPLE", 1)
    sizes: list[int] = []
    run = layer.forward
    monkeypatch.setattr(layer, "forward", lambda batch: sizes.append(len(batch)) or run(batch))
    return sizes


def test_windows_that_change_nothing_are_not_run(tiny_network: nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.zeros(2, 3, 12, 12)
    x[1, 2, 0, 0] = 1  # one pixel: the windows starting at rows and columns 0 cover it
    forward = forward_pass(tiny_network, x)
    sizes = count_samples(tiny_network[2], monkeypatch)
    found = explain_batch(forward, "occlusion", window=4, stride=4).relevance
    assert sizes == [1]
    assert not found[0].any()
    assert not found[1, :, 4:].any()


def test_memory_is_bounded(tiny_network: nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = forward_pass(tiny_network, torch.rand(300, 3, 12, 12))
    sizes = count_samples(tiny_network[2], monkeypatch)
    explain_batch(forward, "occlusion", window=6, stride=6)
    assert max(sizes) <= 256
    assert sum(sizes) == 300 * 4


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("window", 0, "at least 1"),
        ("stride", 0, "1 to the window's side, 9"),
        ("stride", 10, "1 to the window's side, 9"),
        ("value", 255.0, "0 to 1"),
        ("frames", "none", "'all' or 'each'"),
    ],
)
def test_options_are_checked(option: str, value: object, allowed: str, tiny_network: nn.Sequential) -> None:
    forward = forward_pass(tiny_network, torch.rand(1, 3, 12, 12))
    with pytest.raises(InvalidValue, match=f"occlusion option {option} must be {allowed}, met {value!r}"):
        explain_batch(forward, "occlusion", **{option: value})
