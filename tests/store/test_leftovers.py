"""What killed work leaves is found and can be deleted; results and work under way are not touched."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from rlxai.cli import main
from rlxai.errors import RunError
from rlxai.store import leftovers, remove, verify
from tests.store.test_run import commit


@pytest.fixture
def littered(run):
    """A run with one result, and what three kinds of kills leave: (run, paths of the litter)."""
    done = commit(run, "toy", {"x": 1})
    rival = done.folder.parent / "0123456789ab"  # lost the race, killed before it could delete itself
    half = run.path / "objects" / "toy" / ("f" * 24) / "0123456789ab"  # killed while it was writing
    for folder in (rival, half):
        folder.mkdir(parents=True)
        (folder / "data.bin").write_bytes(b"half")
    (half / ".data.bin.0123.partial").write_bytes(b"h")
    partial = run.path / "commits" / "toy" / ".record.json.0123.partial"
    partial.write_bytes(b"{")
    return run, [partial, half.parent, rival]


def aged(paths, seconds):
    then = time.time() - seconds
    for path in paths:
        for one in (path, *path.rglob("*")):
            os.utime(one, (then, then))


def test_each_leftover_is_found_once_with_its_size_and_age(littered):
    run, litter = littered
    aged(litter, 1000)
    found = leftovers(run)
    assert {one.path for one in found} == set(litter)
    assert sorted(one.bytes for one in found) == [1, 4, 5]
    assert all(1000 <= one.idle < 1100 for one in found)
    assert {one.path for one in verify(run).unfinished} == set(litter)


def test_only_leftovers_are_removed(littered):
    run, litter = littered
    remove(run, leftovers(run))
    assert not any(path.exists() for path in litter)
    assert leftovers(run) == []
    assert verify(run).problems == []
    assert run.find("toy", {"x": 1}) is not None


def test_attempts_at_a_task_with_a_damaged_record_stay(littered):
    run, litter = littered
    (record,) = run.records("toy")
    record.write_bytes(record.read_bytes()[:-20])
    assert {one.path for one in leftovers(run)} == set(litter[:2])


def test_a_link_out_of_the_run_is_not_followed(littered, tmp_path):
    run, _ = littered
    outside = tmp_path / "outside"
    (outside / "kept").mkdir(parents=True)
    (run.path / "objects" / "toy" / "link").symlink_to(outside)
    (run.path / "objects" / "elsewhere").symlink_to(outside)
    with pytest.raises(RunError, match="leads out of the run"):
        remove(run, leftovers(run))
    assert (outside / "kept").exists()
    (run.path / "objects" / "elsewhere").unlink()
    remove(run, leftovers(run))
    assert (outside / "kept").exists()
    assert not (run.path / "objects" / "toy" / "link").is_symlink()


def test_times_in_the_future_count_as_now(littered):
    run, litter = littered
    aged(litter, -86_400)  # the clock was set back by a day
    assert [one.idle for one in leftovers(run)] == [0.0] * 3
    assert main(["clean", str(run.path)]) == 0
    assert all(path.exists() for path in litter)
    assert main(["clean", str(run.path), "--idle", "0"]) == 0
    assert not any(path.exists() for path in litter)


def test_weights_without_a_description_are_a_leftover(run):
    weights = run.snapshots_folder / "step_00000001.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"half")
    assert [one.path for one in leftovers(run)] == [weights]


def test_the_verb_leaves_work_under_way_alone(littered, capsys):
    run, litter = littered
    aged(litter[1:], 3601)
    assert main(["clean", str(run.path), "--dry-run"]) == 0
    assert "2 leftovers, 0.0 MB would be deleted" in capsys.readouterr().out
    assert all(path.exists() for path in litter)
    assert main(["clean", str(run.path)]) == 0
    printed = capsys.readouterr().out
    assert "1 in use, or written to in the last 60 minutes" in printed
    assert [path.exists() for path in litter] == [True, False, False]
    assert main(["clean", str(run.path), "--idle", "0"]) == 0
    assert not litter[0].exists()


def test_what_is_deleted_while_it_is_listed_is_passed_over(run, monkeypatch):
    """Writers give attempts up while another process verifies."""
    for name in ("a", "b", "c"):
        (run.path / "objects" / "toy" / name / "attempt").mkdir(parents=True)
    before = os.scandir

    def scandir(folder):
        if str(folder).endswith("b") or str(folder).endswith("attempt"):
            shutil.rmtree(folder, ignore_errors=True)
        return before(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert {one.path.name for one in leftovers(run)} >= {"a", "c"}
    assert list(run.place.entries("objects")) == []
