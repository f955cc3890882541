import sys

import pytest

from rlxai.store import Run
from tests.small_run import build_small_run


@pytest.fixture(scope="session")
def replay_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with one explained game; tests must not change it."""
    return build_small_run(tmp_path_factory.mktemp("replay") / "small")


@pytest.fixture
def without_pyav(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if PyAV were not installed."""
    for name in [name for name in sys.modules if name == "av" or name.startswith("av.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "av", None)
