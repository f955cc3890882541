"""A training that is killed and resumed ends with the very weights of one that never stopped."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch

from rlxai.errors import RunError
from rlxai.resources import data_dir
from rlxai.store import open_run
from rlxai.training import train
from rlxai.training.lock import sole_training
from tests.training.small_training import RECIPE, STEPS, bare_recipe, differences

KILLS = int(os.environ.get("RLXAI_KILLS", "2"))
"""How often the training is killed; set to 20 and more for a long look."""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def unbroken(recipe, tmp_path_factory):
    return train(recipe, tmp_path_factory.mktemp("unbroken") / "run", note=lambda _: None)


def killed(recipe, out, where, at):
    command = [sys.executable, "-m", "tests.training.killed_training", str(recipe), str(out), where, str(at)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=data_dir("agents").parent, env=environment, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.timeout(240 + 60 * KILLS)
def test_kill_and_resume_change_nothing(recipe, unbroken, tmp_path):
    out = tmp_path / "run"
    rng = np.random.default_rng(KILLS)
    for number in range(KILLS):
        done = json.loads((out / "resume/record.json").read_text())["step"] if number else 0
        if number < 2:
            where, at = [("step", 330), ("write", 5)][number]  # between two commits; with a commit half written
        elif rng.random() < 0.5:
            where, at = "step", min(done + int(rng.integers(1, 240)), 1190)  # a commit is 200 steps away
        else:
            where, at = "write", int(rng.integers(1, 4))  # three files make a commit
        killed(recipe, out, where, at)
    assert 0 < json.loads((out / "resume/record.json").read_text())["step"] < STEPS
    run = train(recipe, out, resume=True, note=lambda _: None)

    assert list(differences(out, unbroken.path)) == []
    assert run.snapshots()[-1].step == STEPS
    assert len(pd.read_csv(out / "monitor.csv", skiprows=1)) > 3
    assert set(pd.read_csv(out / "explanations.csv").step) == {0, 400, 800, 1200}


def test_a_finished_training_has_nothing_left_to_do(recipe, unbroken):
    before = {path: path.read_bytes() for path in unbroken.path.rglob("*") if path.is_file()}
    assert len(train(recipe, unbroken.path, resume=True).snapshots()) == 5
    assert all(path.read_bytes() == content for path, content in before.items() if "tensorboard" not in str(path))


def test_what_a_kill_left_beside_the_last_commit_goes_with_a_resumption(recipe, unbroken, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(unbroken.path, out)
    (out / "resume" / "learner-00000048.safetensors").touch()
    train(recipe, out, resume=True, note=lambda _: None)
    assert list(differences(out, unbroken.path)) == []


def test_two_processes_cannot_train_one_run(recipe, unbroken):
    with sole_training(unbroken.path / "resume"), pytest.raises(RunError, match="is being trained by another process"):
        train(recipe, unbroken.path, resume=True)


def test_a_training_killed_before_its_run_had_a_name_is_begun_by_resuming(recipe, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".run.json.0123456789ab.partial").write_bytes(b"{")
    short = tmp_path / "short.yaml"
    short.write_text(bare_recipe(8, every=8, snapshots=8))
    assert len(train(short, tmp_path / "run", resume=True, note=lambda _: None).snapshots()) == 2


def test_a_log_that_cannot_be_written_is_said_once(tmp_path, monkeypatch, capfd):
    writer = pytest.importorskip("tensorboard.summary.writer.record_writer").RecordWriter

    def full(*_):  # in TensorBoard's own thread, which names its file in bytes
        raise OSError(errno.ENOSPC, "No space left on device", b"events.out")

    monkeypatch.setattr(writer, "write", full)
    short, hook = tmp_path / "short.yaml", threading.excepthook
    short.write_text(bare_recipe(64, every=16, snapshots=32))
    with pytest.raises(RunError, match=r"^events.out: cannot be written \(No space left on device\)$"):
        train(short, tmp_path / "run", note=lambda _: None)
    assert "Traceback" not in capfd.readouterr().err
    assert threading.excepthook is hook


def test_a_full_disk_is_said_in_one_sentence(recipe, tmp_path, monkeypatch):
    def full(path, *_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(sys.modules["rlxai.training.train"], "MonitorFile", full)  # opened before the first step
    with pytest.raises(RunError, match=r"monitor.csv: cannot be written \(No space left on device\)$"):
        train(recipe, tmp_path / "run", note=lambda _: None)


def test_another_training_is_not_resumed(recipe, unbroken, tmp_path):
    with pytest.raises(RunError, match="is trained with seed 0, not 1"):
        train(recipe, unbroken.path, resume=True, seed=1)
    with pytest.raises(RunError, match="is trained for 1,200 steps, not 600"):
        train(recipe, unbroken.path, resume=True, steps=600)
    other = tmp_path / "other.yaml"
    other.write_text(RECIPE.replace("batch_size: 8", "batch_size: 9"))
    with pytest.raises(RunError, match="is trained by a recipe with another batch_size"):
        train(other, unbroken.path, resume=True)
    with pytest.raises(RunError, match="exists already; choose a new folder, or resume"):
        train(recipe, unbroken.path)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("learner", lambda data: data[:-1], "is damaged"),
        ("memory", lambda data: data[:50] + bytes([data[50] ^ 1]) + data[51:], "is damaged"),
        ("record", lambda data: data[:-1], "is not a readable commit"),
        ("record", lambda data: data.replace(b'"schema": 1', b'"schema": 9'), "another schema"),
    ],
)
def test_a_damaged_commit_is_refused(recipe, unbroken, tmp_path, name, damage, said):
    out = tmp_path / "run"
    shutil.copytree(unbroken.path, out)
    path = next((out / "resume").glob(f"{name}*"))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RunError, match=said):
        train(recipe, out, resume=True, note=lambda _: None)


def test_a_monitor_that_lost_games_is_refused(recipe, unbroken, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(unbroken.path, out)
    (out / "monitor.csv").write_text("#{}\n")
    with pytest.raises(RunError, match=r"monitor.csv: is missing or shorter"):
        train(recipe, out, resume=True, note=lambda _: None)


def test_the_weights_of_the_last_snapshot_are_those_committed(unbroken):
    committed = safetensors.torch.load_file(unbroken.path / "resume/learner-00001200.safetensors")
    last = open_run(unbroken.path).snapshots()[-1].load().network.state_dict()
    online = [tensor for name, tensor in committed.items() if name.startswith("online.features_extractor.cnn.0.w")]
    assert torch.equal(online[0].half().float(), last["0.weight"])
