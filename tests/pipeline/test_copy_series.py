"""Copies of a series of snapshots: whole, each under a name of its own while it is written, errors in a sentence."""

from __future__ import annotations

import errno

import pytest

from rlxai import files
from rlxai.errors import RunError
from rlxai.pipeline import workflow
from rlxai.store import leftovers, verify
from tests.small_run import build_bare_run


def test_a_copy_that_another_one_is_making_is_not_touched(tmp_path, monkeypatch):
    source = build_bare_run(tmp_path / "source")
    within = []

    def beside(path, data):
        """The other copy comes to its end while this one is in the middle of a file."""
        if not within:
            within.append(path)
            workflow.copy_series(source.path, tmp_path / "run")
        return whole(path, data)

    whole = files._write_beside
    monkeypatch.setattr(files, "_write_beside", beside)
    run = workflow.copy_series(source.path, tmp_path / "run")
    assert within
    assert [s.sha256 for s in run.snapshots()] == [s.sha256 for s in source.snapshots()]
    assert verify(run).problems == []
    assert leftovers(run) == []


def test_a_full_disk_is_said_in_one_sentence(tmp_path, monkeypatch):
    source = build_bare_run(tmp_path / "source")

    def full(path, _data):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(workflow, "write_atomic", full)
    with pytest.raises(RunError, match=r"step_00000000.safetensors: cannot be copied \(No space left on device\)$"):
        workflow.copy_series(source.path, tmp_path / "run")
