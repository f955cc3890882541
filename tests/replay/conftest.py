import pytest
from small_run import build_small_run

from rlxai.store import Run


@pytest.fixture(scope="session")
def replay_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with one explained game; tests must not change it."""
    return build_small_run(tmp_path_factory.mktemp("replay") / "small")
