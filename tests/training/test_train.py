from __future__ import annotations

import json

import pandas as pd
import pytest
import torch
from stable_baselines3.common.monitor import load_results

from rlxai.errors import FileRefused, InvalidValue, RunError
from rlxai.networks import describe, gap
from rlxai.preprocessing import Preprocessing
from rlxai.store import open_run, verify
from rlxai.training import commit_callback, load_recipe, train

RECIPE = """
game: breakout
algorithm: dqn
network: gap
n_timesteps: 100_000
n_envs: {n_envs}
buffer_size: 1000
learning_starts: 1000
batch_size: 4
snapshots: {{every: 200}}
"""
EXPLANATIONS = "explanations: {every: 200, states: 4}"


@pytest.fixture
def recipe(tmp_path):
    def write(n_envs=1, explained=False):
        path = tmp_path / "recipe.yaml"
        path.write_text(RECIPE.format(n_envs=n_envs) + explained * EXPLANATIONS)
        return path

    return write


def test_a_short_training_leaves_a_complete_run(tmp_path, recipe, short_script):
    notes, seen = [], []
    run = train(
        recipe(2, explained=True), tmp_path / "runs/short", steps=1200, seed=3, note=notes.append,
        progress=lambda what, done, total: seen.append((what, done, total)),
    )  # fmt: skip
    assert notes == [
        "for 1,200 steps, learning_starts is 60 instead of 1,000, snapshots.every is 120 instead of 200, "
        "explanations.every is 120 instead of 200"
    ]
    steps = list(range(0, 1201, 120))
    assert [snapshot.step for snapshot in open_run(run.path).snapshots()] == steps
    assert verify(run).problems == []
    agents = [snapshot.load() for snapshot in run.snapshots()]
    assert agents[0].digest() != agents[-1].digest()
    assert describe(agents[0].network) == describe(gap(4, 4))

    info = json.loads((run.path / "run.json").read_text())
    assert (info["game"], info["actions"]) == ("breakout", ["NOOP", "FIRE", "RIGHT", "LEFT"])
    assert info["preprocessing"] == Preprocessing().to_dict()
    assert info["recipe"] == load_recipe(recipe(2, explained=True)).to_dict()
    assert info["provenance"]["trained_with"]["learning_starts"] == 60
    assert info["provenance"]["seed"] == 3
    assert {"stable-baselines3", "torch", "ale-py"} <= info["provenance"]["versions"].keys()

    games = load_results(str(run.path))
    assert {"r", "l", "t"} <= set(games.columns)
    last = run.snapshots()[-1].meta["provenance"]["training"]
    assert len(games) == last["games"] >= 4  # of both environments, in one file
    assert games.r.mean() == pytest.approx(last["mean_score"])
    log = pd.read_csv(run.path / "progress.csv")
    looks = log.dropna(subset="rlxai/lrp-epsilon-plus-flat/lift_ball")
    assert looks["time/total_timesteps"].tolist() == steps
    assert list((run.path / "tensorboard").iterdir())
    assert [done for _, done, _ in seen] == list(range(2, 1201, 2))
    assert seen[0] == ("first game", 2, 1200)
    assert seen[-1][0].startswith(f"mean score of the last {last['games']} games {last['mean_score']:.1f}")


def test_ctrl_c_keeps_the_snapshots_and_says_so(tmp_path, recipe):
    def interrupt(what, done, total):
        if done == 130:
            raise KeyboardInterrupt

    threads = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt) as stop:
        train(recipe(), tmp_path / "run", steps=600, progress=interrupt, note=lambda _: None)
    sentence = f"training stopped at step 130 of {tmp_path / 'run'}; 3 snapshots are kept, the last of step 120"
    sentence += "; resuming goes on from step 0"
    assert str(stop.value) == sentence
    assert [snapshot.step for snapshot in open_run(tmp_path / "run").snapshots()] == [0, 60, 120]
    assert torch.get_num_threads() == threads
    train(recipe(), tmp_path / "run", steps=600, resume=True, note=lambda _: None)
    assert len(open_run(tmp_path / "run").snapshots()) == 11


def test_a_training_killed_before_its_first_commit_starts_again(tmp_path, recipe, monkeypatch):
    def no_commit(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(commit_callback, "commit", no_commit)
        with pytest.raises(KeyboardInterrupt, match=r"1 snapshots are kept, the last of step 0$"):
            train(recipe(), tmp_path / "run", steps=80, resume=True, note=lambda _: None)
    run = train(recipe(), tmp_path / "run", steps=80, resume=True, note=lambda _: None)
    assert [snapshot.step for snapshot in run.snapshots()] == list(range(0, 81, 8))


def test_the_same_seed_gives_the_same_weights(tmp_path, recipe):
    def last(name, seed):
        run = train(recipe(), tmp_path / name, steps=160, seed=seed, note=lambda _: None)
        return run.snapshots()[-1].sha256

    assert last("a", 0) == last("b", 0) != last("c", 1)


@pytest.mark.parametrize(
    ("error", "said", "arguments"),
    [
        (FileRefused, "no such recipe", {"recipe": "breakout"}),
        (InvalidValue, "steps must be a whole number .* met -1", {"steps": -1}),
        (InvalidValue, "seed must be a whole number from 0 to 2147483647, met -1", {"seed": -1}),
        (InvalidValue, "is no name for a run", {"out": "a b"}),
    ],
)
def test_bad_arguments_leave_nothing_behind(tmp_path, recipe, error, said, arguments):
    given = {"recipe": recipe(), "out": "run", "steps": 8, "seed": 0, **arguments}
    before = sorted(tmp_path.iterdir())
    with pytest.raises(error, match=said):
        train(given["recipe"], tmp_path / given["out"], steps=given["steps"], seed=given["seed"], note=lambda _: None)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("there", ["file", "folder"])
def test_what_is_there_is_never_overwritten(tmp_path, recipe, there):
    out = tmp_path / "run"
    if there == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "mine").touch()
    with pytest.raises(RunError, match="exists already; choose a new folder"):
        train(recipe(), out, steps=8)
    assert out.is_file() or [path.name for path in out.iterdir()] == ["mine"]


def test_a_recipe_with_a_base_trains(tmp_path):
    run = train("pong-nature", tmp_path / "run", steps=160, note=lambda _: None)
    agent = run.snapshots()[-1].load()
    assert (agent.game, agent.step) == ("pong", 160)
    assert agent.digest() != run.snapshots()[0].load().digest()
    assert run.info["recipe"] == load_recipe("pong-nature").to_dict()
