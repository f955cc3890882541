from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from rlxai.replay import registry
from rlxai.resources import data_dir
from rlxai.store import Run
from tests.small_run import build_small_run


@pytest.fixture(scope="session")
def measured_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with one explained game and a ledger; tests must not change it."""
    return build_small_run(tmp_path_factory.mktemp("dashboards") / "small", strategy=True)


@pytest.fixture(scope="session")
def bare_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with one game that nothing has explained."""
    return build_small_run(tmp_path_factory.mktemp("dashboards") / "bare", explain=False)


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Run a page with the given runs open, and the given address."""

    def run(*runs: Run, page: str = "", **address: str) -> AppTest:
        registry.show(registry.named(runs))
        app = AppTest.from_file(str(data_dir("dashboards") / "main.py"), default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        return app.switch_page(f"app_pages/{page}.py").run() if page else app

    return run
