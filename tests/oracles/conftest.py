"""Independent implementations to compare with, and the table of how far apart we are."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from benchmarks.peers.libraries import load
from rlxai.networks.architecture import ARCHITECTURES

TOLERANCE = 1e-6


@pytest.fixture(scope="session")
def captum_attr() -> types.ModuleType:
    """`captum.attr`, or a skip."""
    return _load("captum.attr")


@pytest.fixture(scope="session")
def zennit() -> types.ModuleType:
    """`zennit`, or a skip."""
    return _load("zennit", "zennit.attribution", "zennit.composites")


@pytest.fixture(scope="session")
def grad_cam() -> types.ModuleType:
    """`pytorch_grad_cam`, or a skip."""
    return _load("pytorch_grad_cam")


def _load(name: str, *parts: str) -> types.ModuleType:
    try:
        return load(name, *parts)
    except ImportError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["nature", "nips", "gap"])
def network(request: pytest.FixtureRequest) -> Iterator[nn.Sequential]:
    """A random network in double precision; biases drawn widely, so that they matter."""
    with torch.random.fork_rng():
        torch.manual_seed(11)
        built = ARCHITECTURES[request.param](4, 4)
        for name, parameter in built.named_parameters():
            if name.endswith("bias"):
                nn.init.uniform_(parameter, -0.1, 0.1)
        yield built.double().requires_grad_(False)


@pytest.fixture
def frames() -> Tensor:
    """(3, 4, 84, 84), two thirds black as Atari frames are."""
    generator = torch.Generator().manual_seed(5)
    x = torch.rand(3, 4, 84, 84, dtype=torch.float64, generator=generator)
    x[:, :, 20:70, 10:] = 0
    return x


@pytest.fixture
def agree(record_property: Callable[[str, object], None]) -> Callable[[str, str, Tensor, Tensor], None]:
    """Assert that two results agree to 1e-6 of the largest value, and enter the difference in the table."""

    def check(method: str, oracle: str, ours: Tensor, theirs: Tensor) -> None:
        assert ours.shape == theirs.shape
        scale = theirs.abs().max().item() or 1.0  # a rectified map can be wholly zero
        error = (ours - theirs).abs().max().item() / scale
        record_property("oracle", (method, oracle, error))
        assert error <= TOLERANCE

    return check


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print method x oracle x largest relative error over networks and targets."""
    table: dict[tuple[str, str], float] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in getattr(report, "user_properties", ()) if report.when == "call" else ():
                if name == "oracle":
                    method, oracle, error = value
                    table[method, oracle] = max(error, table.get((method, oracle), 0.0))
    if not table:
        return
    terminalreporter.section("attribution against oracles, float64")
    terminalreporter.write_line(f"{'method':<30}{'oracle':<44}max relative error")
    for (method, oracle), error in sorted(table.items()):
        terminalreporter.write_line(f"{method:<30}{oracle:<44}{error:.1e}")
