import pytest

from rlxai.store import Run
from tests.small_run import build_small_run


@pytest.fixture(scope="session")
def replay_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with one explained game; tests must not change it."""
    return build_small_run(tmp_path_factory.mktemp("replay") / "small")
