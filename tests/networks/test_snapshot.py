"""Snapshots: what is written is read back bit by bit, or refused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil

import pytest
import safetensors.torch
import torch

from rlxai.errors import FileRefused, InvalidValue, RunError
from rlxai.networks import (
    ARCHITECTURES,
    Agent,
    QuantileMean,
    describe,
    list_snapshots,
    load_agent,
    nature,
    read_snapshot,
    snapshot_meta,
    write_snapshot,
)
from rlxai.preprocessing import Preprocessing

ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")


@pytest.fixture
def small(tmp_path):
    """A small snapshot on disk: its path, and the agent in it."""
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(4, 2, 8, 4), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(800, 4)
    )
    path = write_snapshot(Agent(layers, ACTIONS, step=7, game="breakout"), tmp_path)
    return path, read_snapshot(path)


def rewrite(path, **changes):
    """Change the description and make its checksum right again, as a forger would."""
    meta = json.loads(path.with_suffix(".json").read_text()) | changes
    meta.pop("checksum")
    meta["checksum"] = hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()
    path.with_suffix(".json").write_text(json.dumps(meta))


@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_round_trip(name, half, tmp_path, observations):
    preprocessing = Preprocessing(stack_order="newest-first", resize="linear", sticky=0.25)
    agent = Agent(
        ARCHITECTURES[name](4, 4), ACTIONS, preprocessing, game="pong", outputs="logits", step=123,
        provenance={"seed": 1},
    )  # fmt: skip
    path = write_snapshot(agent, tmp_path / "new" / "snapshots", half=half)
    read = load_agent(path)
    assert path.name == "step_00000123.safetensors"
    assert (read.step, read.game, read.outputs, read.actions) == (123, "pong", "logits", ACTIONS)
    assert (read.preprocessing, read.provenance) == (preprocessing, {"seed": 1})
    assert describe(read.network) == describe(agent.network)
    for name, weight in agent.network.state_dict().items():
        stored = weight.half().float() if half else weight
        assert read.network.state_dict()[name].dtype == torch.float32
        assert torch.equal(read.network.state_dict()[name], stored)
    assert read.q_values(observations).shape == (5, 4)


def test_reading_and_writing_again_changes_nothing(agent, tmp_path):
    read = read_snapshot(write_snapshot(agent, tmp_path / "a"))
    again = read_snapshot(write_snapshot(read, tmp_path / "b"))
    assert again.digest() == read.digest() != agent.digest()  # the stored half-precision values are the network
    a, b = (sorted((tmp_path / folder).iterdir()) for folder in "ab")
    assert [x.read_bytes() for x in a] == [x.read_bytes() for x in b]
    assert sum(x.stat().st_size for x in a) <= 3.5e6


def test_quantile_networks_round_trip(tmp_path):
    layers = torch.nn.Sequential(*nature(4, 40), QuantileMean(10))
    agent = Agent(layers, ACTIONS, step=1)
    assert describe(read_snapshot(write_snapshot(agent, tmp_path)).network)[-1] == {
        "type": "quantile-mean",
        "quantiles": 10,
    }


def test_description_says_what_the_weights_do_not(agent, tmp_path):
    path = write_snapshot(agent, tmp_path)
    meta = snapshot_meta(path)
    assert meta["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert meta["bytes"] == path.stat().st_size
    assert (meta["format"], meta["schema"], meta["step"], meta["dtype"]) == ("rlxai-snapshot", 1, 100_000, "float16")
    assert meta["preprocessing"] == Preprocessing().to_dict()


def test_snapshots_are_immutable(agent, tmp_path):
    path = write_snapshot(agent, tmp_path)
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.iterdir()}
    agent.provenance["later"] = True  # the first writer's stays
    assert write_snapshot(agent, tmp_path) == path
    with pytest.raises(RunError, match="another snapshot of step 100000 is there already"):
        write_snapshot(agent, tmp_path, half=False)
    with torch.no_grad():
        agent.network[0].weight[0] += 1
    with pytest.raises(RunError, match="another snapshot"):
        write_snapshot(agent, tmp_path)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.iterdir()} == before


def test_weights_left_by_a_killed_writer_are_replaced(agent, tmp_path):
    path = tmp_path / "step_00100000.safetensors"
    path.write_bytes(b"half of it")
    assert list_snapshots(tmp_path) == []
    assert read_snapshot(write_snapshot(agent, tmp_path)).step == 100_000
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step_00100000.json", "step_00100000.safetensors"]


def test_a_full_disk_at_any_point_leaves_a_whole_snapshot_or_none(agent, tmp_path, monkeypatch):
    """Every fsync, rename and link fails in turn; afterwards the same call succeeds."""
    points = [(os, "fsync"), (type(tmp_path), "replace"), (type(tmp_path), "hardlink_to")]
    for module, name in points:
        for fails_at in (1, 2, 3):
            folder, calls, real = tmp_path / f"{name}{fails_at}", [], getattr(module, name)

            def failing(*args, calls=calls, fails_at=fails_at, real=real):
                calls.append(1)
                if len(calls) == fails_at:
                    raise OSError(28, "No space left on device")
                return real(*args)

            with monkeypatch.context() as patch:
                patch.setattr(module, name, failing)
                with contextlib.suppress(RunError):  # anything else is a defect
                    write_snapshot(agent, folder)
            for path in list_snapshots(folder):
                read_snapshot(path)
            assert read_snapshot(write_snapshot(agent, folder)).step == 100_000
            assert len(list(folder.iterdir())) == 2


def test_every_flipped_bit_is_found(small):
    """Bits all over both files: each read is refused, by the snapshot's reader and by the general door."""
    path, _ = small
    rng = random.Random(0)
    for file in (path, path.with_suffix(".json")):
        good = file.read_bytes()
        header = rng.sample(range(min(len(good), 1200) * 8), 150)
        for bit in [*header, *(rng.randrange(len(good) * 8) for _ in range(100))]:
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            if file.suffix == ".json" and _same_json(bad, good):
                continue  # white space
            file.write_bytes(bad)
            for read in (read_snapshot, load_agent):
                with pytest.raises(FileRefused):
                    read(path)
        file.write_bytes(good)
    assert read_snapshot(path).step == 7


def _same_json(a, b):
    try:
        return json.loads(a) == json.loads(b)
    except ValueError:
        return False


def test_lost_or_truncated_halves_are_refused(small, tmp_path):
    path, _ = small
    good = path.read_bytes()
    for cut in (0, 1, 8, 100, len(good) - 1):
        path.write_bytes(good[:cut])
        with pytest.raises(FileRefused, match=str(path)):
            load_agent(path)
    path.write_bytes(good)
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(path, alone)
    with pytest.raises(FileRefused, match=r"step_00000007\.json: no such file"):
        load_agent(alone / path.name)
    path.unlink()
    with pytest.raises(FileRefused, match="no such file"):
        load_agent(path.with_suffix(".json"))


FORGED = {
    "newer schema": ({"schema": 2}, "schema 2; this version of rlxai reads schema 1"),
    "other format": ({"format": "other"}, "does not describe a snapshot"),
    "bfloat16": ({"dtype": "bfloat16"}, "bfloat16"),
    "other precision": ({"dtype": "float32"}, "is torch.float16, described as float32"),
    "outputs": ({"outputs": "values"}, "outputs 'values'"),
    "step": ({"step": 8}, "not the one in its name"),
    "actions": ({"actions": ["a", "b"]}, r"outputs of shape \(N, 4\) for 2 actions"),
    "no names": ({"actions": [1, 2, 3, 4]}, "no text"),
    "kinds": ({"preprocessing": []}, "preprocessing is missing or of the wrong kind"),
    "preprocessing": ({"preprocessing": {"colour": True}}, "no setting 'colour'"),
    "architecture": ({"architecture": [{"type": "exec"}]}, "unknown or malformed layer"),
    "another architecture": (
        {"architecture": describe(nature(4, 4))},
        "tensor '2.bias' of the architecture is missing",
    ),
    "surplus": ({"extra": 1}, "checksum"),
}


@pytest.mark.parametrize("case", FORGED)
def test_forged_descriptions_are_refused(case, small):
    changes, sentence = FORGED[case]
    rewrite(small[0], **changes)
    with pytest.raises(FileRefused, match=sentence) as refusal:
        load_agent(small[0])
    assert str(small[0].with_suffix("")) in str(refusal.value)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.int32])
def test_other_precisions_are_refused(dtype, small):
    path, agent = small
    data = safetensors.torch.save({name: w.to(dtype) for name, w in agent.network.state_dict().items()})
    path.write_bytes(data)
    rewrite(path, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
    with pytest.raises(FileRefused, match=str(dtype).removeprefix("torch.")):
        read_snapshot(path)


def test_what_cannot_be_stored_is_refused_and_nothing_is_written(agent, tmp_path):
    folder = tmp_path / "snapshots"
    agent.provenance["bad"] = float("nan")
    with pytest.raises(InvalidValue, match="provenance must be plain JSON"):
        write_snapshot(agent, folder)
    agent.provenance["bad"] = object()
    with pytest.raises(InvalidValue, match="provenance must be plain JSON"):
        write_snapshot(agent, folder)
    del agent.provenance["bad"]
    with torch.no_grad():
        agent.network[0].bias[0] = 70_000  # beyond float16
    with pytest.raises(InvalidValue, match="not finite as float16; half=False stores float32"):
        write_snapshot(agent, folder)
    assert read_snapshot(write_snapshot(agent, tmp_path / "full", half=False)).digest() == agent.digest()
    agent.step = None
    with pytest.raises(InvalidValue, match="needs the step"):
        write_snapshot(agent, folder)
    assert not folder.exists()


def test_folders_give_the_newest_or_the_chosen_step(agent, tmp_path):
    for step in (300, 20_000, 123_456_789_012):
        agent.step = step
        write_snapshot(agent, tmp_path / "run" / "snapshots")
    for folder in (tmp_path / "run", tmp_path / "run" / "snapshots"):
        assert load_agent(folder).step == 123_456_789_012
        assert load_agent(folder, step=300).step == 300
        with pytest.raises(FileRefused, match="no snapshot of step 5; there are 300, 20000, 123456789012"):
            load_agent(folder, step=5)
    with pytest.raises(FileRefused, match="a folder without snapshots"):
        load_agent(tmp_path)


def test_arguments_may_not_contradict_a_snapshot(small):
    path, _ = small
    assert load_agent(path, step=7, game="breakout", actions=list(ACTIONS), preprocessing=Preprocessing()).step == 7
    contradictions = (
        {"step": 8}, {"game": "pong"}, {"actions": ["a", "b", "c", "d"]}, {"outputs": "logits"},
        {"preprocessing": Preprocessing(sticky=0.5)}, {"architecture": "nature"},
    )  # fmt: skip
    for given in contradictions:
        with pytest.raises(InvalidValue, match=f"{path}.*{next(iter(given))}"):
            load_agent(path, **given)


def test_the_name_of_a_new_folder_is_flushed_too(small, tmp_path, monkeypatch):
    """Else a power cut takes the folder, and the snapshot in it, after it was reported as written."""
    flushed = []
    monkeypatch.setattr("rlxai.files.sync", flushed.append)
    write_snapshot(small[1], tmp_path / "run" / "snapshots")
    assert {tmp_path, tmp_path / "run", tmp_path / "run" / "snapshots"} <= set(flushed)
