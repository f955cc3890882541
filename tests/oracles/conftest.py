"""Independent implementations to compare with, and the table of how far apart we are."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from rlxai.networks.architecture import ARCHITECTURES

TOLERANCE = 1e-6


@pytest.fixture(scope="session")
def captum_attr() -> types.ModuleType:
    """`captum.attr`, or a skip."""
    try:
        import captum.attr
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"captum cannot be imported: {error}")
    return captum.attr


@pytest.fixture(scope="session")
def zennit() -> types.ModuleType:
    """`zennit`, or a skip.

    Zennit imports torchvision for two classes of residual blocks that no network here has. A torchvision built for
    another torch dies at import, so that a stand-in takes its place for the moment of the import.
    """
    before = set(sys.modules)
    try:
        try:
            import torchvision  # noqa: F401
        except (ImportError, RuntimeError):
            _forget_torchvision()
            _stand_in_for_torchvision()
        import zennit.attribution
        import zennit.composites
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"zennit cannot be imported: {error}")
    finally:
        if isinstance(sys.modules.get("torchvision"), _StandIn) and "torchvision" not in before:
            _forget_torchvision()
    return zennit


class _StandIn(types.ModuleType):
    pass


def _stand_in_for_torchvision() -> None:
    names = ("torchvision", "torchvision.models", "torchvision.models.resnet")
    root, models, resnet = (_StandIn(name) for name in names)
    root.models, models.resnet = models, resnet
    for block in ("Bottleneck", "BasicBlock"):
        setattr(resnet, block, type(block, (nn.Module,), {}))
    sys.modules.update(zip(names, (root, models, resnet), strict=True))


def _forget_torchvision() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]


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
