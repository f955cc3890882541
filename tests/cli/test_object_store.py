"""The whole path through the command line with a run in an object store, by the verbs and in the words of users."""

from __future__ import annotations

import re

import pytest

from rlxai.cli import main
from rlxai.store import open_run, verify
from tests.small_run import build_small_run
from tests.store.s3_server import BUCKET, s3_server

_EXPLAIN = ("--method", "gradient-x-input", "--method", "gradient", "--workers", "2")


@pytest.fixture
def s3(tmp_path, monkeypatch):
    with s3_server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("RLXAI_CACHE", str(tmp_path / "cache"))
        yield server


def test_a_run_is_copied_explained_there_and_copied_back(tmp_path, s3, capsys, monkeypatch):
    near = build_small_run(tmp_path / "small", explain=False)
    far = f"s3://{BUCKET}/lab/small"
    assert main(["copy", str(near), far]) == 0
    assert re.search(rf"{far}: 3 snapshots and results copied \([0-9.]+ MB\), 0 were there already", _out(capsys))
    for place in (far, str(near)):
        assert main(["explain", place, *_EXPLAIN]) == 0
    here = {commit.task: commit.content for commit in near.commits("attribution")}
    there = {commit.task: commit.content for commit in open_run(far).commits("attribution")}
    assert here == there
    assert len(here) == 4
    _out(capsys)

    monkeypatch.setenv("RLXAI_CACHE", str(tmp_path / "another machine"))
    for words, sentence in (
        (["verify", far], f"{far}: all 7 snapshots and results are as committed"),
        (["verify", far, "--fast"], f"{far}: all 7 snapshots and results are there, with the sizes they had"),
        (["clean", far], f"{far}: 0 leftovers, 0.0 MB deleted"),
        (["inspect", far], "results: 4 attribution, 1 episode"),
        (["copy", far, str(tmp_path / "back")], "7 snapshots and results copied"),
        (["replay", far, "--all", "--to", "20", "--out", str(tmp_path / "page.html")], "4 maps, 20 decisions"),
    ):
        assert main(words) == 0
        assert sentence in _out(capsys)
    back = open_run(tmp_path / "back")
    assert {commit.task: commit.content for commit in back.commits("attribution")} == here
    assert verify(back).problems == []


@pytest.mark.parametrize("verb", ["train breakout-nips", "import weights.zip --game breakout", "demo"])
def test_verbs_that_make_a_run_want_a_folder(verb, capsys):
    assert main([*verb.split(), "--out", f"s3://{BUCKET}/lab/small"]) == 2
    assert "is no folder; make the run in one, then: rlxai copy FOLDER s3://" in capsys.readouterr().err


def test_a_store_that_does_not_answer_is_one_line(s3, monkeypatch, capsys):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("RLXAI_STORE_PATIENCE", "0")
    assert main(["inspect", f"s3://{BUCKET}/lab/small"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "the object store does not answer" in line


def _out(capsys) -> str:
    return capsys.readouterr().out
