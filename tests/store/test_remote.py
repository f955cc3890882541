"""Runs in an object store: what may happen between here and there."""

from __future__ import annotations

import json
import socket

import numpy as np
import pytest

from rlxai.errors import InvalidValue, RunError
from rlxai.networks import Agent, nips, write_snapshot
from rlxai.store import Run, copy_run, leftovers, open_run, remove, task_id, url_of, verify
from rlxai.store.commit import record_name
from rlxai.store.objects import Objects, Unsure
from tests.store.conftest import INFO
from tests.store.s3_server import BUCKET
from tests.store.test_run import commit

LARGE = np.random.default_rng(0).bytes(200_000)


def fetched(s3, part: str) -> int:
    return sum(line.startswith("GET") and part in line for line in s3.requests)


def test_files_are_fetched_when_the_folder_is_asked_for_and_only_once(far, s3, monkeypatch, tmp_path):
    commit(far, "toy", {}, LARGE)
    monkeypatch.setenv("RLXAI_CACHE", str(tmp_path / "another machine"))
    elsewhere = open_run(far.address)
    found = elsewhere.find("toy", {})
    assert fetched(s3, "data.bin") == 0
    for _ in range(3):
        assert (found.folder / "data.bin").read_bytes() == LARGE
        assert (open_run(far.address).commits("toy")[0].folder / "data.bin").read_bytes() == LARGE
    assert fetched(s3, "data.bin") == 1


def test_a_damaged_mirror_is_never_served_and_mends_itself(far, s3):
    done = commit(far, "toy", {}, LARGE)
    mirrored = done.folder / "data.bin"
    for damage in (lambda data: bytes([data[0] ^ 1]) + data[1:], lambda data: data[:-1]):
        mirrored.write_bytes(damage(LARGE))
        assert (open_run(far.address).find("toy", {}).folder / "data.bin").read_bytes() == LARGE
    mirrored.unlink()
    assert (done.folder / "data.bin").read_bytes() == LARGE
    record = far.path / record_name("toy", done.task)
    record.write_bytes(record.read_bytes()[:-5])
    assert open_run(far.address).find("toy", {}) == done
    assert fetched(s3, "data.bin") == 3


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda data: None, "is missing"),
        (lambda data: data[:-1], "199999 bytes, 200000 were committed"),
        (lambda data: data + b"0", "(more than the 200000 bytes that were|200001 bytes, 200000 were) committed"),
        (lambda data: data[:1000] + bytes([data[1000] ^ 4]) + data[1001:], "differs from what was committed"),
    ],
)
def test_missing_truncated_and_flipped_objects_are_found_and_never_served(far, monkeypatch, tmp_path, damage, sentence):
    done = commit(far, "toy", {}, LARGE)
    name, store = f"{done.prefix}/data.bin", Objects(far.address)
    if (damaged := damage(LARGE)) is None:
        store.delete([name])
    else:
        store.put(name, damaged)
    (problem,) = verify(far).problems
    assert problem.startswith(f"{far.address}/{name}: ")
    assert len(verify(far, deep=False).problems) == (0 if damaged and len(damaged) == len(LARGE) else 1)
    monkeypatch.setenv("RLXAI_CACHE", str(tmp_path / "another machine"))
    found = open_run(far.address).find("toy", {})
    with pytest.raises(RunError, match=sentence):
        found.folder  # noqa: B018
    assert not list((tmp_path / "another machine").rglob("data.bin*"))


def test_damaged_and_deleted_records_are_found(far):
    done = commit(far, "toy", {}, LARGE)
    name, store = record_name("toy", done.task), Objects(far.address)
    content, _ = store.get(name)
    store.put(name, content.replace(b'"size":200000', b'"size":200001'))
    try:  # the mirror's where the store's looks the same, to the second
        assert far.find("toy", {}) == done
    except RunError as error:
        assert "differs from what was committed" in str(error)
    (problem,) = verify(far).problems
    assert problem == f"{far.address}/{name}: its content differs from what was committed (SHA-256)"
    store.put(name, content[:-9])
    with pytest.raises(RunError, match="is not a readable commit record"):
        far.find("toy", {})
    assert len(verify(far).problems) == 1
    assert leftovers(far) == [], "what a damaged record names cannot be known"
    store.delete([name])
    assert far.find("toy", {}) is None
    assert far.records() == []


def test_a_request_sent_again_after_a_lost_answer_is_no_other_writer(far, monkeypatch):
    def answer_lost(store: Objects, name: str, data: bytes) -> bool:
        assert put_once(store, name, data)
        return put_once(store, name, data)

    put_once = Objects.put_once
    monkeypatch.setattr(Objects, "put_once", answer_lost)
    with far.attempt("toy", {}) as attempt:
        (attempt.folder / "data.bin").write_bytes(b"result")
    monkeypatch.undo()
    assert (far.find("toy", {}).folder / "data.bin").read_bytes() == b"result"
    assert verify(far).problems == []


def test_where_the_store_does_not_say_whether_it_has_the_record_nothing_is_deleted(far, monkeypatch):
    def never_answers(store: Objects, name: str, data: bytes) -> bool:
        assert put_once(store, name, data)
        raise Unsure("no answer")

    put_once = Objects.put_once
    monkeypatch.setattr(Objects, "put_once", never_answers)
    with pytest.raises(RunError, match="no answer"):
        commit(far, "toy", {})
    monkeypatch.undo()
    assert (far.find("toy", {}).folder / "data.bin").read_bytes() == b"result"
    assert verify(far).problems == []


def test_leftovers_are_told_by_the_clock_of_the_store_and_deleted(far, monkeypatch):
    done = commit(far, "toy", {}, b"good")
    store = Objects(far.address)
    for name in (f"objects/toy/{done.task}/lost/a.bin", f"objects/toy/{done.task}/lost/b/c.bin", "objects/other/t/x/d"):
        store.put(name, b"1234")
    monkeypatch.setattr("time.time", lambda: 4e9)  # this machine's clock has jumped by decades
    found = leftovers(far)
    assert [(one.path.removeprefix(f"{far}/objects/"), one.bytes) for one in found] == [
        ("other/t/x", 4), (f"toy/{done.task}/lost", 8),
    ]  # fmt: skip
    assert all(one.idle < 60 for one in found)
    remove(far, found)
    assert leftovers(far) == []
    assert verify(far).problems == []
    assert sorted(one.name for one in store.entries("objects")) == [f"{done.prefix}/data.bin"]


def test_more_objects_than_a_page_of_a_listing(far, s3):
    done = commit(far, "toy", {})
    s3.fill(f"{far.address.removeprefix(f's3://{BUCKET}/')}/objects/toy/{done.task}/dead", 2050)
    (left,) = leftovers(far)
    assert (len(left.names), left.bytes) == (2050, 2050)
    s3.requests.clear()
    remove(far, [left])
    assert len(s3.requests) < 10
    assert leftovers(far) == []
    assert verify(far).problems == []


def test_names_that_lead_elsewhere_are_passed_over(far):
    store = Objects(far.address)
    store.put("commits/toy/a b.json", b"{}")
    store.put("commits/toy/x\\y.json", b"{}")
    assert far.records() == []
    assert all(path.is_relative_to(far.path) for path in far.path.rglob("*"))


def test_snapshots_travel_and_are_checked(far, s3, tmp_path, monkeypatch):
    near = Run.create(tmp_path / "run", INFO)
    agent = Agent(nips(4, 2), ["A", "B"], step=7)
    write_snapshot(agent, near.snapshots_folder)
    (near.path / "monitor.csv").write_text("r,l,t\n1,2,3\n")
    assert copy_run(near, far.address).copied == 1
    monkeypatch.setenv("RLXAI_CACHE", str(tmp_path / "another machine"))
    elsewhere = open_run(far.address)
    (snapshot,) = elsewhere.snapshots()
    assert fetched(s3, "safetensors") == 0
    assert snapshot.load().digest() == near.snapshot(7).load().digest()
    assert (elsewhere.path / "monitor.csv").read_text() == "r,l,t\n1,2,3\n"
    snapshot.path.write_bytes(b"damaged")
    assert open_run(far.address).snapshot(7).load().step == 7
    with pytest.raises(RunError, match="rlxai copy FOLDER"):
        elsewhere.snapshots_folder  # noqa: B018
    store = Objects(far.address)
    weights, _ = store.get("snapshots/step_00000007.safetensors")
    store.put("snapshots/step_00000007.safetensors", weights[:-1] + bytes([weights[-1] ^ 1]))
    assert len(verify(elsewhere).problems) == 1


def test_a_copy_goes_on_where_it_was_and_leaves_out_what_is_damaged(far, s3, tmp_path):
    near = Run.create(tmp_path / "run", INFO)
    for x in range(4):
        commit(near, "toy", {"x": x}, LARGE)
    damaged = near.find("toy", {"x": 3}).folder / "data.bin"
    damaged.write_bytes(b"\0" + LARGE[1:])
    commit(far, "toy", {"x": 1}, LARGE)  # done there already
    done = copy_run(near, far.address)
    assert (done.copied, done.present, len(done.problems)) == (2, 1, 1)
    damaged.write_bytes(LARGE)
    s3.requests.clear()
    done = copy_run(near, far.address)
    assert (done.copied, done.present, done.problems) == (1, 3, [])
    assert sum(line.startswith("PUT") and "/toy/" in line for line in s3.requests) == 2
    back = copy_run(far, tmp_path / "back" / "run").run
    assert verify(back).problems == verify(far).problems == []
    contents = [{commit.task: commit.content for commit in one.commits("toy")} for one in (near, far, back)]
    assert contents[0] == contents[1] == contents[2]


def test_the_folder_of_a_mirror_stands_for_its_run(far):
    assert url_of(far.path) == far.address
    assert open_run(far.path).remote
    assert commit(open_run(far.path), "toy", {}) == far.find("toy", {})


def test_another_run_at_an_old_address_is_not_mixed_with_what_is_known_of_it(far):
    done = commit(far, "toy", {})
    store = Objects(far.address)
    store.delete([one.name for one in list(store.entries())])
    anew = Run.create(far.address, {**INFO, "game": "pong"})
    assert (anew.info["game"], anew.commits("toy")) == ("pong", [])
    assert not (anew.path / record_name("toy", done.task)).exists()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("s3://nowhere/x/run", "there is no such bucket"),
        (f"s3://{BUCKET}", "is no address of a run; write s3://BUCKET/.../NAME"),
        (f"s3://{BUCKET}/../run", "is no address of a run"),
        (f"s3://{BUCKET}/a//run", "is no address of a run"),
        (f"s3://{BUCKET}/run?x=1", "is no address of a run"),
    ],
)
def test_wrong_addresses_give_one_sentence(s3, address, sentence):
    with pytest.raises((RunError, InvalidValue), match=sentence):
        open_run(address)


def test_a_server_that_refuses_or_has_gone_gives_one_sentence(far, s3, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{probe.getsockname()[1]}"
    s3.refused |= {"PUT"}
    with pytest.raises(RunError, match="refuses access"):
        commit(far, "toy", {})
    s3.refused |= {"GET", "HEAD"}
    with pytest.raises(RunError, match="refuses access"):
        open_run(far.address)
    s3.refused.clear()
    assert far.find("toy", {}) is None
    monkeypatch.setenv("RLXAI_STORE_PATIENCE", "0")
    monkeypatch.setenv("AWS_ENDPOINT_URL", gone)
    with pytest.raises(RunError, match="the object store does not answer") as refusal:
        open_run(far.address)
    assert "\n" not in str(refusal.value)
    monkeypatch.setenv("RLXAI_STORE_PATIENCE", "soon")
    with pytest.raises(InvalidValue, match="RLXAI_STORE_PATIENCE is a number of seconds"):
        open_run(far.address)


@pytest.mark.parametrize("scheme", ["memory", "file"])
def test_other_kinds_of_stores_go_through_the_same_code(scheme, tmp_path, monkeypatch):
    monkeypatch.setenv("RLXAI_CACHE", str(tmp_path / "cache"))
    run = Run.create(f"{scheme}://{tmp_path}/runs/one".replace("memory:///", "memory://"), INFO)
    done = commit(run, "toy", {}, LARGE)
    with run.attempt("toy", {}) as slow:
        (slow.folder / "data.bin").write_bytes(b"slow")
    assert open_run(run.address).commits("toy") == [done]
    assert (verify(run).problems, leftovers(run)) == ([], [])
    assert json.loads((run.path / record_name("toy", task_id("toy", {}))).read_bytes())["summary"] == {"size": 200_000}
