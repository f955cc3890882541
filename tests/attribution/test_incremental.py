from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import forward_pass, incremental
from rlxai.attribution.incremental import sweep
from rlxai.attribution.patches import Batch
from rlxai.attribution.reach import local_steps, reached
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
    rows = [slice(0, 2), slice(4, 9), slice(6, 7), slice(7, 10), slice(8, 11), slice(12, 13)]
    columns = [slice(0, 13), slice(3, 6), slice(11, 13)]
    present = torch.rand(3, 2, len(rows), len(columns)) < 0.7

    def change(pixels: Tensor, batch: Batch) -> None:
        pixels[..., batch.group] += 1 + batch.sample[:, None, None]

    forward = forward_pass(net, x)
    before = [(step.input.clone(), step.output.clone()) for step in forward.steps]
    found = sweep(forward, present, rows, columns, change)
    assert found.shape == (*present.shape, 3)
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


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_precision_is_that_of_the_plain_loop(
    dtype: torch.dtype, tolerance: float, make_network: Callable[[str], nn.Sequential]
) -> None:
    network = make_network("nature").to(dtype)
    x = torch.rand(4, 4, 84, 84, dtype=dtype)
    rows, columns = [slice(0, 9), slice(37, 46)], [slice(8, 17), slice(76, 84)]
    found = sweep(forward_pass(network, x), torch.ones(4, 1, 2, 2, dtype=torch.bool), rows, columns,
                  lambda pixels, _: pixels.zero_())  # fmt: skip
    for row in range(2):
        for column in range(2):
            covered = x.clone()
            covered[:, :, rows[row], columns[column]] = 0
            error = (found[:, 0, row, column] - network(covered)).abs().max()
            assert error <= tolerance * network(covered).abs().max()


def test_results_do_not_depend_on_what_runs_together(
    make_network: Callable[[str], nn.Sequential], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make_network("nips")
    x = torch.rand(5, 4, 84, 84, dtype=torch.float64)
    present = torch.rand(5, 1, 4, 4) < 0.8
    rows = [slice(start, start + 9) for start in (0, 4, 36, 72)]

    def outputs(samples: slice) -> Tensor:
        forward = forward_pass(network, x[samples])
        return sweep(forward, present[samples], rows, rows, lambda pixels, _: pixels.zero_())

    together = outputs(slice(None))
    apart = torch.cat([outputs(slice(i, i + 1)) for i in range(5)])
    torch.testing.assert_close(apart, together, rtol=1e-11, atol=1e-13)
    for name, value in (("CHUNK", 3), ("MULTIPLE", 5), ("SAMPLES", 2)):
        monkeypatch.setattr(incremental, name, value)
    torch.testing.assert_close(outputs(slice(None)), together, rtol=1e-11, atol=1e-13)


def test_all_convolutions_of_our_networks_are_local(make_network: Callable[[str], nn.Sequential]) -> None:
    for name, convolutions in (("nature", 3), ("nips", 2), ("gap", 3)):
        forward = forward_pass(make_network(name), torch.zeros(1, 4, 84, 84))
        assert len(local_steps(forward.steps)) == 2 * convolutions
