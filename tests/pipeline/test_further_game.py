"""A game that rlxai knows nothing of, with OCAtari's boxes: from snapshots to a table and verdicts."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch

from rlxai.cli.ledger_table import show_strategy
from rlxai.errors import RunError
from rlxai.games.objects import FURTHER
from rlxai.games.objects import _further as further
from rlxai.networks import Agent, nips, write_snapshot
from rlxai.pipeline import Serial, measure_strategy, quiet, strategy_table
from rlxai.store import Run
from tests.small_run import SMALL_PLAN

ACTIONS = ("NOOP", "UP", "DOWN")
PLAN = replace(SMALL_PLAN, max_decisions=40)


@pytest.fixture
def freeway(tmp_path):
    further.cache_clear()
    run = None
    for step in (0, 1000):
        torch.manual_seed(step)
        agent = Agent(nips(4, 3), ACTIONS, game="freeway", step=step)
        run = run or Run.create(
            tmp_path / "run",
            {
                "game": "freeway", "actions": list(ACTIONS), "preprocessing": agent.preprocessing.to_dict(),
                "recipe": None, "provenance": {},
            },
        )  # fmt: skip
        write_snapshot(agent, run.snapshots_folder)
    yield run
    further.cache_clear()


def test_unknown_objects_are_refused_with_what_can_be_done(freeway):
    with pytest.raises(RunError, match=r"objects of freeway are not known.*RLXAI_OBJECTS=ocatari"):
        measure_strategy(freeway, Serial(), quiet, PLAN)


@pytest.mark.skipif(find_spec("ocatari") is None, reason="OCAtari is not installed")
def test_a_ledger_and_honest_verdicts_come_of_boxes_alone(freeway, monkeypatch, capsys):
    monkeypatch.setenv(FURTHER, "ocatari")
    result = measure_strategy(freeway, Serial(), quiet, PLAN)
    assert set(strategy_table(result).object) == {"chicken", "car", "score"}
    assert {verdict["verdict"] for verdict in result.summary["verdicts"].values()} == {"untested"}
    show_strategy(freeway, result)
    assert "common: chicken" in capsys.readouterr().out
