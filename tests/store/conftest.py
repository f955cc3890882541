from __future__ import annotations

import pytest

from rlxai.store import Run
from tests.store.s3_server import BUCKET, s3_server

INFO = {"game": "breakout", "actions": ["NOOP", "FIRE"], "preprocessing": {}, "recipe": None, "provenance": {}}


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "run", INFO)


@pytest.fixture(scope="session")
def served():
    with s3_server() as server:
        yield server


@pytest.fixture
def s3(served, tmp_path, monkeypatch):
    """The server, as the environment of this process and of those it starts says; with a cache of the test's own."""
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RLXAI_CACHE", str(tmp_path / "cache"))
    served.requests.clear()
    return served


@pytest.fixture
def far(s3, tmp_path):
    """A run in the object store."""
    return Run.create(f"s3://{BUCKET}/{tmp_path.name}/run", INFO)


@pytest.fixture(params=["folder", "object store"])
def anywhere(request, tmp_path):
    """A run, in each kind of place."""
    return request.getfixturevalue("run" if request.param == "folder" else "far")
