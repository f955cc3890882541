"""What every place where a run is kept must do: one suite, run against a folder and against an object store."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest

from rlxai.errors import InvalidValue, RunError
from rlxai.store import Run, leftovers, open_run, remove, task_id, verify
from rlxai.store.commit import record_name
from rlxai.store.identity import canonical, digest
from tests.store.conftest import INFO
from tests.store.test_run import commit

_WORKERS = textwrap.dedent(
    """
    import os, sys
    from rlxai.store import open_run
    children = []
    for own in sys.argv[2:]:
        if child := os.fork():  # before anything speaks to a server; the import is the expensive part
            children.append(child)
            continue
        run = open_run(sys.argv[1])
        with run.attempt("toy", {"x": 1}) as attempt:
            (attempt.folder / "data.bin").write_bytes(own.encode() * 1000)
            attempt.summary["by"] = own
            os.write(1, b".")
            os.read(0, 1)
        os._exit(0)
    os.close(1)
    sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
    """
)


def at_work(run: Run, *names: str) -> subprocess.Popen:
    """Processes at one task, each with its result written and about to publish it."""
    workers = subprocess.Popen(
        [sys.executable, "-c", _WORKERS, run.address, *names],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert workers.stdout.read(len(names)) == b"." * len(names)
    return workers


def test_a_result_comes_back_as_it_was_written(anywhere):
    with anywhere.attempt("toy", {"x": 1}) as attempt:
        (attempt.folder / "deep" / "er").mkdir(parents=True)
        (attempt.folder / "deep" / "er" / "a.bin").write_bytes(b"a" * 70_000)
        (attempt.folder / "empty").touch()
        attempt.summary["size"] = 70_000
    found = open_run(anywhere.address).find("toy", {"x": 1})
    assert found == anywhere.commit("toy", task_id("toy", {"x": 1}))
    assert (found.folder / "deep" / "er" / "a.bin").read_bytes() == b"a" * 70_000
    assert (found.folder / "empty").read_bytes() == b""
    assert found.summary == {"size": 70_000}
    assert anywhere.find("toy", {"x": 2}) is None
    assert anywhere.commits("toy") == [found] == pickle.loads(pickle.dumps(anywhere)).commits("toy")
    assert [path.stem for path in anywhere.newest_records("toy")] == [found.task]
    for deep in (True, False):
        assert verify(anywhere, deep=deep).problems == []


def test_of_four_processes_at_one_task_one_wins_and_the_others_leave_nothing(anywhere):
    workers = at_work(anywhere, *"abcd")
    workers.communicate(b"goes")  # to each its letter, all at once
    assert workers.returncode == 0
    found = anywhere.find("toy", {"x": 1})
    assert (found.folder / "data.bin").read_bytes() == found.summary["by"].encode() * 1000
    report = verify(anywhere)
    assert (report.checked, report.problems, report.unfinished) == (1, [], [])


def test_a_killed_writer_leaves_nothing_visible_and_its_work_can_be_done_again(anywhere):
    writer = at_work(anywhere, "killed")
    os.killpg(writer.pid, signal.SIGKILL)
    writer.communicate()
    assert anywhere.find("toy", {"x": 1}) is None
    assert anywhere.begun("toy", {"x": 1})
    (left,) = leftovers(anywhere)
    assert not left.held
    assert commit(anywhere, "toy", {"x": 1}).summary == {"size": 6}
    assert not anywhere.begun("toy", {"x": 1})
    remove(anywhere, leftovers(anywhere))
    assert leftovers(anywhere) == []
    assert verify(anywhere).problems == []


def test_work_under_way_is_never_taken_for_dead(anywhere, monkeypatch):
    with anywhere.attempt("toy", {}) as attempt:
        (attempt.folder / "data.bin").write_bytes(b"half")
        monkeypatch.setattr("time.time", lambda: 4e9)  # a clock that jumped by decades
        found = leftovers(anywhere)
        assert [one.held for one in found] == [True]
        remove(anywhere, found)
        monkeypatch.undo()
        assert (attempt.folder / "data.bin").exists()
    assert verify(anywhere).problems == []


def test_an_attempt_whose_folder_was_deleted_and_made_anew_is_not_published(anywhere):
    with pytest.raises(RunError, match="deleted while it was worked in"), anywhere.attempt("toy", {}) as attempt:
        (attempt.folder / "first").write_bytes(b"1")
        shutil.rmtree(attempt.folder)
        attempt.folder.mkdir()
        (attempt.folder / "second").write_bytes(b"2")
    assert anywhere.find("toy", {}) is None


def test_an_error_within_an_attempt_leaves_nothing(anywhere):
    with pytest.raises(ZeroDivisionError), anywhere.attempt("toy", {"x": 1}) as attempt:
        (attempt.folder / "half").write_bytes(b"half")
        raise ZeroDivisionError
    assert anywhere.find("toy", {"x": 1}) is None
    assert not list(anywhere.path.glob("objects/*"))
    assert [one.name for one in anywhere.place.entries()] == ["run.json"]


@pytest.mark.parametrize("name", ["../../../../secret", "/etc/passwd", "a/../../b", "", "a\\b", ".."])
def test_records_cannot_name_files_outside_their_task(anywhere, name):
    commit(anywhere, "toy", {"y": 1})
    body = {
        "schema": 1, "kind": "toy", "task": task_id("toy", {}), "spec": {}, "summary": {}, "attempt": "0123456789ab",
        "files": {name: [6, "0" * 64]},
    }  # fmt: skip
    anywhere.place.create(record_name("toy", body["task"]), canonical({**body, "sha256": digest(body)}) + b"\n")
    with pytest.raises(RunError, match="outside its own task"):
        anywhere.find("toy", {})


def test_a_record_moved_to_another_task_is_refused(anywhere):
    done = commit(anywhere, "toy", {"x": 1})
    record = anywhere.place.bring(record_name("toy", done.task)).read_bytes()
    anywhere.place.create(record_name("toy", task_id("toy", {"x": 2})), record)
    with pytest.raises(RunError, match="outside its own task"):
        anywhere.find("toy", {"x": 2})


def test_a_record_of_a_newer_version_is_refused_by_name(anywhere):
    done = commit(anywhere, "toy", {"x": 1})
    body = json.loads(anywhere.place.bring(record_name("toy", done.task)).read_bytes())
    body |= {"task": task_id("toy", {}), "schema": 7}
    anywhere.place.create(record_name("toy", body["task"]), canonical(body) + b"\n")
    with pytest.raises(RunError, match="schema 7 of a newer rlxai; this version of rlxai reads schema 1"):
        anywhere.find("toy", {})


def test_creating_twice_opens_the_run_and_another_run_is_refused(anywhere):
    assert Run.create(anywhere.address, INFO).info == anywhere.info
    with pytest.raises(RunError, match="holds another run"):
        Run.create(anywhere.address, {**INFO, "game": "pong"})
    with pytest.raises(InvalidValue, match="no name for a run"):
        Run.create(f"{anywhere.address}/a b", INFO)


def test_what_is_not_a_run_is_refused(anywhere):
    with pytest.raises(RunError, match=r"has no run\.json"):
        open_run(f"{anywhere.address}-absent")
    commit(anywhere, "toy", {})
    with pytest.raises(RunError, match="not empty and not a run"):
        Run.create(f"{anywhere.address}/objects", INFO)
