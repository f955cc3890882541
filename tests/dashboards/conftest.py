import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rlxai.pipeline import Serial, measure_strategy
from rlxai.replay import registry
from rlxai.resources import data_dir
from rlxai.store import Run, open_run
from tests.small_run import SMALL_PLAN, build_small_run

HOSTILE = "**bold** ![x](http://evil.example/x.png) <b>raw</b> :red[red] $x$"
_CLAIM = f"""name: hostile
hypothesis: "{HOSTILE}"
evidence:
  - {{figure: behaviour/length, states: own, is: above, than: 1}}
  - {{figure: lift/paddle, states: own, is: above, than: "control:random", factor: 2}}
"""


@pytest.fixture(scope="session")
def measured_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run with one explained game and all that `rlxai strategy` finds; tests must not change it.

    One of its claims is full of markup.
    """
    folder = tmp_path_factory.mktemp("dashboards")
    (folder / "claim.yaml").write_text(_CLAIM)
    run = build_small_run(folder / "small")
    plan = replace(SMALL_PLAN, clusters=8, events=1, edits=2, claims=(folder / "claim.yaml",))
    measure_strategy(run, Serial(), lambda *_: None, plan)
    return run


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
        return (app.switch_page(f"app_pages/{page}.py") if page else app).run()

    return run


def copied(run: Run, to: Path) -> Run:
    """A copy of a run that a test may change."""
    shutil.copytree(run.path, to)
    return open_run(to)


@pytest.fixture
def a_copy(measured_run: Run, tmp_path: Path) -> Run:
    """The measured run, to be damaged."""
    return copied(measured_run, tmp_path / "copy")
