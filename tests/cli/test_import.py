"""Bringing weights in: steps, facts and refusals."""

import json
from pathlib import Path

import pytest
import torch

from rlxai.cli import main
from rlxai.files import sha256_file
from rlxai.networks import nips
from rlxai.pipeline import Serial, measure_strategy, quiet, workflow
from rlxai.replay.export import export_video
from rlxai.store import open_run
from tests.small_run import SMALL_PLAN

RLCODE = sorted((Path(__file__).parents[1] / "data" / "rlcode").glob("*.safetensors"))


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


def test_a_foreign_series_becomes_a_run_like_any_other(tmp_path, capsys):
    command = ["import", *map(str, RLCODE), "--out", str(tmp_path / "run"), "--recipe", "rlcode-a3c-breakout"]
    assert main(command) == 0
    run = open_run(tmp_path / "run")
    assert [snapshot.step for snapshot in run.snapshots()] == [2, 4]
    assert run.info["actions"] == ["FIRE", "RIGHT", "LEFT"]
    assert "Copyright (c) 2017 RLCode" in run.info["provenance"]["origin"]
    agent = run.snapshot(4).load()
    assert (agent.preprocessing.pooling, agent.preprocessing.opening_max) == ("two-decisions", 10)

    games = workflow.record_games(run, run.snapshots(), Serial(), quiet, max_decisions=40)
    (maps,) = workflow.explain_episode(
        run, games[1], [run.snapshot(2)], Serial(), quiet, method_names=["grad-cam"], targets=["advantage"]
    )
    assert maps.summary["decisions"] == 40
    measure_strategy(run, Serial(), quiet, SMALL_PLAN)
    clip = export_video(run, games[1], [maps], tmp_path / "clip.webm", start=0, stop=3)
    assert clip.frames > 0
    assert main(["verify", str(run.path), "--replay"]) == 0
    assert "are as committed" in capsys.readouterr().out


def test_full_precision_on_request(tmp_path):
    torch.manual_seed(0)
    network = nips(4, 4)
    torch.save(network.state_dict(), tmp_path / "w_1.pt")
    command = ["import", str(tmp_path / "w_1.pt"), "--game", "breakout", "--float32"]
    assert main([*command, "--out", str(tmp_path / "run")]) == 0
    stored = open_run(tmp_path / "run").snapshot(1).load().network.state_dict()
    assert all(torch.equal(stored[name], weight) for name, weight in network.state_dict().items())


@pytest.mark.parametrize(
    ("text", "words", "status", "sentence"),
    [
        ("layers: [a]", [], 1, "foreign.yaml: the key 'outputs' is missing"),
        ("game: pong", ["--game", "breakout"], 1, "is for pong, met --game breakout"),
        ("origin: unknown", [], 2, "Missing option '--game'"),
        ("actions: [UP, DOWN, LEFT, RIGHT]", ["--game", "breakout"], 1, "breakout has no action 'UP'"),
        ("outputs: logits\nlayers: [c.*]", ["--game", "breakout"], 1, "c.* fits no tensor; the file holds '0.weight'"),
    ],
)
def test_recipes_that_do_not_fit_are_refused_and_nothing_is_written(
    text, words, status, sentence, weights, tmp_path, capsys
):
    recipe, out = tmp_path / "foreign.yaml", tmp_path / "run"
    recipe.write_text(text + "\n")
    assert main(["import", str(weights[0]), "--out", str(out), "--recipe", str(recipe), *words]) == status
    printed = capsys.readouterr().err
    assert sentence in printed
    assert len(printed.splitlines()) == 1
    assert not out.exists()
