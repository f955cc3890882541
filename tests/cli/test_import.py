"""Bringing weights in: steps, facts and refusals."""

import json

import pytest
import torch

from rlxai.cli import main
from rlxai.files import sha256_file
from rlxai.networks import nips
from rlxai.store import open_run


@pytest.fixture
def weights(tmp_path):
    """Two bare state dicts of one training, named by their steps."""
    files = []
    for step in (5000, 20000):
        torch.manual_seed(step)
        files.append(tmp_path / f"model_{step}.pt")
        torch.save(nips(4, 4).state_dict(), files[-1])
    return files


def test_steps_come_from_names_and_facts_from_the_index(weights, tmp_path, capsys):
    index = tmp_path / "index.json"
    facts = [
        {"file": path.name, "sha256": sha256_file(path), "evaluation": {"mean": float(score), "max": 9.0}}
        for path, score in zip(weights, (1, 7), strict=True)
    ]
    index.write_text(json.dumps(facts))
    out = tmp_path / "run"
    command = ["import", *map(str, weights), "--out", str(out), "--game", "breakout", "--index", str(index)]
    assert main([*command, "--origin", "a test"]) == 0
    run = open_run(out)
    assert [snapshot.step for snapshot in run.snapshots()] == [5000, 20000]
    assert run.snapshots()[1].meta["provenance"]["evaluation"] == {"mean": 7.0, "max": 9.0}
    assert run.info["provenance"] == {"origin": "a test"}
    agent = run.snapshot(5000).load()
    assert agent.actions == ("NOOP", "FIRE", "RIGHT", "LEFT")
    stored = torch.load(weights[0], weights_only=True)
    for name, tensor in agent.network.state_dict().items():
        torch.testing.assert_close(tensor, stored[name].half().float(), rtol=0, atol=0)
    capsys.readouterr()
    assert main(["inspect", str(out)]) == 0
    assert "means of evaluation games" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sha256": "0" * 64}, "its SHA-256 differs from the one in"),
        ({"step": 5000}, "two files are of the same step"),
    ],
)
def test_facts_that_do_not_fit_are_refused_and_nothing_is_written(weights, tmp_path, capsys, change, sentence):
    index = tmp_path / "index.json"
    index.write_text(json.dumps([{"file": path.name, **change} for path in weights]))
    out = tmp_path / "run"
    command = ["import", *map(str, weights), "--out", str(out), "--game", "breakout", "--index", str(index)]
    assert main(command) == 1
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_a_name_without_a_step_asks_for_it(weights, tmp_path, capsys):
    nameless = weights[0].rename(tmp_path / "best_model.pt")
    out = tmp_path / "run"
    assert main(["import", str(nameless), "--out", str(out), "--game", "breakout"]) == 1
    assert "its training step cannot be read from its name; give --step" in capsys.readouterr().err
    assert main(["import", str(nameless), "--out", str(out), "--game", "breakout", "--step", "3"]) == 0
    assert [snapshot.step for snapshot in open_run(out).snapshots()] == [3]


def test_wrong_numbers_of_actions_are_refused(weights, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["import", str(weights[0]), "--out", str(out), "--game", "pong"]) == 1
    printed = capsys.readouterr().err
    assert "the network has 4 outputs" in printed
    assert "'LEFTFIRE'" in printed
    assert not out.exists()
