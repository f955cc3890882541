from __future__ import annotations

import pytest

from rlxai.store import Run

INFO = {"game": "breakout", "actions": ["NOOP", "FIRE"], "preprocessing": {}, "recipe": None, "provenance": {}}


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "run", INFO)
