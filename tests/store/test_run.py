import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from rlxai.errors import InvalidValue, RunError
from rlxai.networks import Agent, nips, write_snapshot
from rlxai.store import Run, open_run, task_id, verify
from rlxai.store.identity import canonical, digest
from tests.store.conftest import INFO


def commit(run: Run, kind: str, spec: dict, content: bytes = b"result"):
    with run.attempt(kind, spec) as attempt:
        (attempt.folder / "data.bin").write_bytes(content)
        attempt.summary["size"] = len(content)
    return run.find(kind, spec)


def test_task_names_depend_on_kind_and_every_input_but_not_on_key_order():
    assert task_id("a", {"x": 1, "y": 2}) == task_id("a", {"y": 2, "x": 1})
    assert len({task_id(kind, {"x": x}) for kind in "ab" for x in (1, 2, 1.5, "1", None, True)}) == 12
    assert len(task_id("a", {})) == 24


@pytest.mark.parametrize("value", [np.int64(1), float("nan"), float("inf"), {1}, b"x"])
def test_inputs_that_have_no_canonical_text_are_refused(value):
    with pytest.raises(InvalidValue, match="not plain JSON"):
        task_id("a", {"x": value})


def test_finished_work_is_found_and_unfinished_work_is_not(run):
    assert run.find("toy", {"x": 1}) is None
    done = commit(run, "toy", {"x": 1})
    assert (done.folder / "data.bin").read_bytes() == b"result"
    assert done.summary == {"size": 6}
    assert [found.task for found in open_run(run.path).commits("toy")] == [task_id("toy", {"x": 1})]
    assert run.find("toy", {"x": 2}) is None


def test_an_error_within_an_attempt_leaves_nothing(run):
    with pytest.raises(ZeroDivisionError), run.attempt("toy", {"x": 1}) as attempt:
        (attempt.folder / "half").write_bytes(b"half")
        raise ZeroDivisionError
    assert run.find("toy", {"x": 1}) is None
    assert not list(run.path.glob("objects/*"))


def test_an_interruption_just_after_the_record_is_there_keeps_the_result(run, monkeypatch):
    def interrupted(path: Path) -> None:
        if path.parent.name == "commits":
            raise KeyboardInterrupt

    monkeypatch.setattr("rlxai.files.sync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        commit(run, "toy", {})
    monkeypatch.undo()
    assert (run.find("toy", {}).folder / "data.bin").read_bytes() == b"result"
    assert verify(run).problems == []


def test_of_two_attempts_at_one_task_the_first_to_finish_stays(run):
    with run.attempt("toy", {}) as slow:
        (slow.folder / "data.bin").write_bytes(b"slow")
        first = commit(run, "toy", {}, b"fast")
    assert run.find("toy", {}) == first
    assert not slow.folder.exists()
    assert verify(run).problems == []


def test_a_killed_writer_leaves_no_result_and_the_work_can_be_done_again(run):
    script = textwrap.dedent(
        """
        import sys
        from rlxai.store import open_run
        run = open_run(sys.argv[1])
        with run.attempt("toy", {"x": 1}) as attempt:
            (attempt.folder / "data.bin").write_bytes(b"half")
            print("writing", flush=True)
            sys.stdin.read()
        """
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout.readline() == b"writing\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdin.close()
    writer.stdout.close()
    assert run.find("toy", {"x": 1}) is None
    assert len(verify(run).unfinished) == 1
    assert verify(run).problems == []
    assert commit(run, "toy", {"x": 1}).summary == {"size": 6}


def test_every_flipped_bit_and_missing_or_shortened_file_is_found(run):
    generator = np.random.default_rng(0)
    done = commit(run, "toy", {}, generator.bytes(200_000))  # too large for the quick check on opening
    write_snapshot(Agent(nips(4, 2), ["A", "B"], step=7), run.snapshots_folder)
    assert verify(run).problems == []
    files = [path for path in run.path.rglob("*") if path.is_file() and path.name != "run.json"]
    assert len(files) == 4
    for path in files:
        original = path.read_bytes()
        for _ in range(8):
            damaged = bytearray(original)
            damaged[generator.integers(len(damaged))] ^= 1 << generator.integers(8)
            path.write_bytes(damaged)
            (problem,) = verify(run).problems
            assert path.stem in problem or str(done.folder) in problem
        path.write_bytes(original[: len(original) // 2])
        assert len(verify(run).problems) == 1
        if path.suffix != ".json":
            path.unlink()
            assert len(verify(run).problems) == 1
        path.write_bytes(original)
    assert verify(run).problems == []


def test_records_cannot_point_outside_the_run(run, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    commit(run, "toy", {})
    (record,) = run.records("toy")
    body = json.loads(record.read_bytes())
    body["files"] = {"../../../../../secret": [6, "0" * 64]}
    del body["sha256"]
    record.write_bytes(canonical({**body, "sha256": digest(body)}) + b"\n")
    with pytest.raises(RunError, match="outside its own task"):
        run.find("toy", {})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a readable run description"),
        (b"[]", "not a readable run description"),
        (b"[" * 100_000, "not a readable run description"),
        (b'{"format": "rlxai-run", "schema": 99, "name": "x"}', "schema 99"),
    ],
)
def test_damaged_and_newer_runs_are_refused_in_one_sentence(tmp_path, content, sentence):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=sentence):
        open_run(tmp_path)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"has no run\.json"):
        open_run(tmp_path / "absent")
    with pytest.raises(InvalidValue, match="holds a zero byte"):
        open_run("absent\0")
    (tmp_path / "something").touch()
    with pytest.raises(RunError, match="not empty and not a run"):
        Run.create(tmp_path, INFO)


def test_a_kill_while_the_description_is_written_leaves_a_folder_that_can_be_made_a_run(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".run.json.0123456789ab.partial").write_bytes(b"{")
    assert verify(Run.create(tmp_path / "run", INFO)).problems == []


def test_creating_twice_opens_the_run_and_another_run_is_refused(run):
    assert Run.create(run.path, INFO).info == run.info
    with pytest.raises(RunError, match="holds another run"):
        Run.create(run.path, {**INFO, "game": "pong"})


def test_a_missing_step_is_answered_with_those_there_are(run):
    write_snapshot(Agent(nips(4, 2), ["A", "B"], step=7), run.snapshots_folder)
    assert run.snapshot(7).load().step == 7
    with pytest.raises(InvalidValue, match="no snapshot of step 8; there are 7"):
        run.snapshot(8)


def test_a_read_only_folder_gives_one_sentence(tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", INFO)

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied", "objects")

    monkeypatch.setattr(Path, "mkdir", refuse)  # root may write anywhere, so the refusal is simulated
    with pytest.raises(RunError, match="cannot write"):
        commit(run, "toy", {})
