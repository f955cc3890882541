"""A user's mistake costs one line: no stack trace, exit status 1 or 2, nothing written."""

import json
from pathlib import Path

import pytest

from rlxai.cli import main
from rlxai.cli.verbs import VERBS


@pytest.fixture
def damaged(tmp_path: Path) -> dict[str, str]:
    """Things that are not what a verb wants."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("not a zip")
    (tmp_path / "recipe.yaml").write_text("game: breakout\nlearning_rte: 1\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "bare").mkdir()
    info = {"format": "rlxai-run", "schema": 1, "name": "bare", "game": "breakout", "actions": []}
    (tmp_path / "bare" / "run.json").write_text(json.dumps(info))
    return {name: str(tmp_path / name) for name in ("empty", "text.zip", "recipe.yaml", "broken", "bare", "out")}


CASES = [
    ("", 2),
    ("nonsense", 2),
    ("record", 2),
    ("record {empty} --games two", 2),
    ("import {text.zip} --out {out}", 2),
    ("video {bare} --out x.mp4", 1),
    ("demo --colour", 2),
    ("record {empty}", 1),
    ("record {broken}", 1),
    ("record {bare}", 1),
    ("record {out}", 1),
    ("explain {empty}", 1),
    ("explain {bare}", 1),
    ("explain {bare} --method magic", 1),
    ("strategy {bare}", 1),
    ("strategy {text.zip}", 1),
    ("verify {broken}", 1),
    ("verify {text.zip}", 1),
    ("inspect {out}", 1),
    ("dashboard a\0b --host 0.0.0.0", 2),
    ("inspect {text.zip}", 1),
    ("inspect {broken}", 1),
    ("import {text.zip} --out {out} --game breakout --step 1", 1),
    ("import {text.zip} --out {out} --game breakwater", 1),
    ("import {out} --out {out} --game breakout", 1),
    ("train {recipe.yaml} --out {out}", 1),
    ("train no-such-recipe --out {out}", 1),
    ("video {bare} --snapshot 5 --out x.mp4", 1),
    ("video {bare} --snapshot 5 --out x.avi", 1),
    ("video {bare} --panel 5,magic --out x.mp4", 1),
    ("video {bare} --panel five --out x.mp4", 1),
    ("replay {bare} --out x.html", 1),
    ("replay {bare} --out x.txt", 1),
    ("replay {bare}", 2),
    ("dashboard {empty}", 1),
    ("dashboard {out}", 1),
    ("dashboard {bare} --port 99999", 1),
    ("dashboard {bare} --host 0.0.0.0", 1),
    ("dashboard {bare} --host not.an.address", 1),
    ("demo --no-serve --out {empty}/../text.zip", 1),
    ("record {bare} --games 0", 1),
    ("record {bare} --workers 0", 1),
    ("record {bare} --address 127.0.0.1:6379", 1),
    ("record {bare} --engine dask", 2),
    ("strategy {bare} --method magic", 1),
    ("strategy {bare} --target luck", 1),
    ("explain {bare} --target luck", 1),
]


@pytest.mark.parametrize(("command", "status"), CASES, ids=[command or "(no verb)" for command, _ in CASES])
def test_a_mistake_costs_one_line(command, status, damaged, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, path in damaged.items():
        command = command.replace(f"{{{name}}}", path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(command.split()) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert printed.err.startswith("rlxai")
    assert "Traceback" not in printed.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "out").exists()


def test_interruption_is_one_line_too(monkeypatch, capsys, make_run):
    run = make_run("run")

    def interrupt(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("rlxai.pipeline.workflow.record_games", interrupt)
    assert main(["record", str(run.path)]) == 130
    assert capsys.readouterr().err.strip().startswith("rlxai: interrupted; what is finished is kept")


def test_every_verb_explains_itself(capsys):
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for verb in VERBS:
        assert f"\n  {verb} " in listed
        assert main([verb, "--help"]) == 0
        assert "Usage: rlxai " + verb in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("rlxai 0.")
