"""The verbs in the order of a working day, on real short games."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from rlxai.cli import main
from rlxai.store import open_run
from rlxai.training import shipped_recipes


def test_a_working_day(make_run, tmp_path, capsys):
    source = make_run("source")
    weights = [str(snapshot.path) for snapshot in source.snapshots()]
    run = str(tmp_path / "run")

    def rlxai(*words: str) -> str:
        assert main([*words]) == 0
        return capsys.readouterr().out

    assert "2 snapshots" in rlxai("import", *weights, "--out", run, "--game", "breakout")
    assert "an agent with 4 actions (NOOP, FIRE, RIGHT, LEFT)" in rlxai("inspect", weights[0])
    assert "results: none yet" in rlxai("inspect", run)
    assert "cap" in rlxai("record", run, "--max-decisions", "30")
    assert "grad-cam" in rlxai("explain", run, "--method", "grad-cam", "--target", "value")
    claim = tmp_path / "claim.yaml"
    claim.write_text(
        "name: mine\nhypothesis: It plays.\nevidence:\n"
        "  - {figure: behaviour/length, states: own, is: above, than: 10}\n"
    )
    sizes = {"games": 1, "states": 8, "scripts": 1, "randoms": 2, "clusters": 0, "edits": 8, "rollouts": 0}
    small = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    printed = rlxai("strategy", run, *small, "--claims", str(claim))
    for word in ("visible-ball", "paddle", "tunnel", "random networks", "shifted masks", "chance"):
        assert word in printed
    assert re.search(r"^  untested +mine$", printed, re.MULTILINE)
    assert re.search(r"^  (supported|refuted|untested) +tracks-ball$", printed, re.MULTILINE)
    report = Path(re.search("^report: (.*)$", printed, re.MULTILINE)[1])
    page = report.read_text("utf-8")
    assert "<h1>What strategy did run learn?</h1>" in page
    assert "Untested: the length (decisions) at step" in page
    video = tmp_path / "clip.webm"
    assert "frames" in rlxai("video", run, "--snapshot", "1000", "--to", "3", "--out", str(video))
    assert video.stat().st_size > 1000
    panels = ("--panel", "0,grad-cam", "--panel", "1000,grad-cam,value")
    grid = tmp_path / "grid.gif"
    assert "grid.gif: 3 frames, GIF" in rlxai("video", run, *panels, "--to", "3", "--columns", "1", "--out", str(grid))
    page = tmp_path / "page.html"
    assert "2 maps, 20 decisions" in rlxai("replay", run, *panels, "--from", "5", "--to", "25", "--out", str(page))
    assert page.stat().st_size > 100_000
    listing = rlxai("inspect", run)
    assert "4 attribution" in listing  # two snapshots by grad-cam of value, one of advantage, and the first video's
    assert "are as committed" in rlxai("verify", run)

    (shard,) = list(open_run(run).commits("attribution")[0].folder.glob("maps.zarr/maps/c/*/*/*/*"))
    damaged = bytearray(shard.read_bytes())
    damaged[len(damaged) // 2] ^= 16
    shard.write_bytes(damaged)
    assert main(["verify", run]) == 1
    printed = capsys.readouterr()
    assert str(shard) in printed.out
    assert len(printed.err.splitlines()) == 1


@pytest.mark.parametrize("verb", ["record", "explain"])
def test_unknown_steps_are_answered_with_those_there_are(verb, make_run, capsys):
    run = make_run("run")
    assert main(["record", str(run.path), "--max-decisions", "5"]) == 0
    capsys.readouterr()
    assert main([verb, str(run.path), "--snapshot", "77"]) == 1
    assert "has no snapshot of step 77; there are 0, 1000" in capsys.readouterr().err


def test_the_list_of_methods_names_their_family_and_formula(capsys):
    assert main(["methods"]) == 0
    listed = capsys.readouterr().out
    for name in ("gradient", "gradient-x-input", "lrp-epsilon", "lrp-epsilon-plus-flat", "grad-cam", "occlusion"):
        assert f"\n{name} " in listed


def test_verify_says_where_another_emulator_plays_differently(make_run, capsys, monkeypatch):
    run = make_run("run")
    assert main(["record", str(run.path), "--snapshot", "0", "--max-decisions", "5"]) == 0
    capsys.readouterr()
    assert main(["verify", str(run.path), "--replay"]) == 0
    assert "note:" not in capsys.readouterr().out
    module = import_module("rlxai.episodes.drift")  # the package exports a function of the same name
    monkeypatch.setattr(module, "entry_hash", lambda screens, ram: 0)  # as if every frame differed
    assert main(["verify", str(run.path), "--replay"]) == 0
    printed = capsys.readouterr().out
    assert "plays it differently from the start of the game on; the recorded frames are shown" in printed


def test_the_help_of_train_names_the_shipped_recipes(capsys):
    assert main(["train", "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.endswith("Shipped recipes: " + ", ".join(shipped_recipes()))
