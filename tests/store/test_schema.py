"""Stored files of every schema version open, and all others are refused by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rlxai.errors import RunError
from rlxai.store import commit, description, open_run, verify
from rlxai.store.identity import digest
from rlxai.store.schema import Schema

STORED = Path(__file__).parent / "schemas"
"""One run per version of run.json, as the rlxai of that version wrote it."""


def test_there_is_a_stored_run_of_every_version():
    assert sorted(path.name for path in STORED.iterdir()) == [
        f"run-{version}" for version in range(1, description.SCHEMA.newest + 1)
    ]
    versions = {json.loads(path.read_bytes())["schema"] for path in STORED.glob("*/commits/*/*.json")}
    assert versions == set(range(1, commit.SCHEMA.newest + 1))


@pytest.mark.parametrize("stored", sorted(STORED.iterdir()), ids=lambda path: path.name)
def test_stored_runs_open_and_are_intact(stored):
    run = open_run(stored)
    assert json.loads((stored / "run.json").read_bytes())["schema"] == int(stored.name[-1])
    assert run.info == {
        "format": "rlxai-run", "schema": 2, "name": stored.name, "game": "breakout", "actions": ["NOOP", "FIRE"],
        "preprocessing": {}, "recipe": None, "provenance": {},
    }  # fmt: skip
    (result,) = run.commits("toy")
    assert (result.folder / "data.bin").read_bytes() == b"result"
    assert (result.spec, result.summary) == ({"x": 1}, {"size": 6})
    assert verify(run).problems == []


@pytest.mark.parametrize("version", [0, 3, 99, True, 1.0, "1", None, [1]])
def test_unknown_versions_are_refused_by_name(tmp_path, version):
    path = tmp_path / "run"
    shutil.copytree(STORED / "run-1", path)
    body = json.loads((path / "run.json").read_bytes())
    (path / "run.json").write_text(json.dumps({**body, "schema": version}))
    with pytest.raises(
        RunError, match=r"run\.json: has schema .*; this version of rlxai reads schema 1 to 2"
    ) as refusal:
        open_run(path)
    assert str(version)[:20] in str(refusal.value)


def test_a_damaged_description_is_refused(tmp_path):
    path = tmp_path / "run-2"
    shutil.copytree(STORED / "run-2", path)
    text = (path / "run.json").read_text()
    for old, new in (("FIRE", "FIRF"), ("checksum", "chucksum"), ('"schema": 2', '"schema": 1')):
        damaged = text.replace(old, new)
        (path / "run.json").write_text(damaged)
        with pytest.raises(RunError, match="differs from its checksum"):
            open_run(path)


def test_old_bodies_go_through_every_step_in_order():
    schema = Schema(
        newest=3,
        steps={1: lambda body: {**body, "path": ["1-2"]}, 2: lambda body: {**body, "path": [*body["path"], "2-3"]}},
    )
    assert schema.upgrade({"schema": 1}, "here") == {"schema": 3, "path": ["1-2", "2-3"]}
    assert schema.upgrade({"schema": 2, "path": []}, "here") == {"schema": 3, "path": ["2-3"]}
    assert schema.upgrade({"schema": 3}, "here") == {"schema": 3}
    with pytest.raises(
        RunError, match="here: has schema 4 of a newer rlxai; this version of rlxai reads schema 1 to 3"
    ):
        schema.upgrade({"schema": 4}, "here")


def test_the_checksum_is_that_of_everything_else():
    body = json.loads((STORED / "run-2" / "run.json").read_bytes())
    assert body.pop("checksum") == digest(body)
