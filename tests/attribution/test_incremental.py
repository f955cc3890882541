from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import forward_pass
from rlxai.attribution.incremental import local_steps, reached, sweep
from rlxai.networks.architecture import QuantileMean

NETWORKS: dict[str, Callable[[], nn.Sequential]] = {
    "uneven kernels and strides": lambda: nn.Sequential(
        nn.Conv2d(2, 3, (5, 3), (3, 2)), nn.ReLU(), nn.Conv2d(3, 4, (2, 3), (1, 2)), nn.ReLU(), nn.ReLU(), nn.Flatten(),
        nn.Linear(4 * 2 * 2, 5), nn.ReLU(), nn.Linear(5, 3),
    ),
    "stride beyond the kernel": lambda: nn.Sequential(nn.Conv2d(2, 3, 2, 5), nn.ReLU(), nn.Flatten(), nn.Linear(27, 3)),
    "border that no window reaches": lambda: nn.Sequential(nn.Conv2d(2, 3, 4, 6), nn.Flatten(), nn.Linear(12, 3)),
    "padding behind": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 2), nn.ReLU(), nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3)
    ),
    "padding first": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 49, 3)
    ),
    "global average pooling": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 2), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3)
    ),
    "another activation": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 2), nn.ELU(), nn.Conv2d(3, 3, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(48, 3)
    ),
    "no convolution": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(2 * 169, 6), nn.ReLU(inplace=True), nn.Linear(6, 3)
    ),
    "quantiles": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(108, 12), QuantileMean(4)
    ),
}  # fmt: skip


@pytest.mark.parametrize("network", NETWORKS)
def test_against_the_whole_network_for_each_position(network: str, seeded: None) -> None:
    net = NETWORKS[network]().double().requires_grad_(False)
    x = torch.randn(3, 2, 13, 13, dtype=torch.float64)
    present = torch.rand(3, 2, 4, 3) < 0.7
    rows, columns = [slice(0, 2), slice(4, 9), slice(6, 7), slice(12, 13)], [slice(0, 13), slice(3, 6), slice(11, 13)]

    def change(pixels: Tensor, sample: Tensor, group: int, row: int, column: int) -> Tensor:
        pixels[..., group] += 1 + sample[:, None, None]
        return pixels

    forward = forward_pass(net, x)
    before = [(step.input.clone(), step.output.clone()) for step in forward.steps]
    found = sweep(forward, present, rows, columns, change)
    assert found.shape == (3, 2, 4, 3, 3)
    for sample, group, row, column in torch.cartesian_prod(*map(torch.arange, present.shape)).tolist():
        changed = x[sample : sample + 1].clone()
        if present[sample, group, row, column]:
            changed[:, group, rows[row], columns[column]] += 1 + sample
        torch.testing.assert_close(found[sample, group, row, column], net(changed)[0], rtol=1e-10, atol=1e-12)
    for step, (inputs, outputs) in zip(forward.steps, before, strict=True):
        assert torch.equal(step.input, inputs)
        assert torch.equal(step.output, outputs)


@pytest.mark.parametrize(("kernel", "stride", "length"), [(8, 4, 20), (4, 2, 9), (3, 1, 7), (2, 5, 4), (1, 1, 5)])
def test_reached_outputs_are_those_whose_windows_hold_a_change(kernel: int, stride: int, length: int) -> None:
    inputs = stride * (length - 1) + kernel + 3
    for start in range(inputs):
        for stop in range(start + 1, inputs + 1):
            expected = [j for j in range(length) if stride * j < stop and stride * j + kernel > start]
            assert [*range(length)][reached(slice(start, stop), kernel, stride, length)] == expected


def test_single_precision_is_close(make_network: Callable[[str], nn.Sequential]) -> None:
    network = make_network("nature").float()
    x = torch.rand(4, 4, 84, 84)
    rows, columns = [slice(0, 9), slice(37, 46)], [slice(8, 17), slice(76, 84)]
    found = sweep(forward_pass(network, x), torch.ones(4, 1, 2, 2, dtype=torch.bool), rows, columns,
                  lambda pixels, *_: torch.zeros_like(pixels))  # fmt: skip
    for row in range(2):
        for column in range(2):
            covered = x.clone()
            covered[:, :, rows[row], columns[column]] = 0
            torch.testing.assert_close(found[:, 0, row, column], network(covered), rtol=1e-5, atol=1e-6)


def test_all_convolutions_of_our_networks_are_local(make_network: Callable[[str], nn.Sequential]) -> None:
    for name, convolutions in (("nature", 3), ("nips", 2), ("gap", 3)):
        forward = forward_pass(make_network(name), torch.zeros(1, 4, 84, 84))
        assert len(local_steps(forward.steps)) == 2 * convolutions
