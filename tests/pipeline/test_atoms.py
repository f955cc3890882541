"""Profiles of a run's snapshots: equal to those of single states, done once, about states that show the ball."""

import numpy as np
import pandas as pd
import pytest
import torch

from rlxai.attribution import forward_pass
from rlxai.attribution.unit_maps import unit_maps, unit_relevance
from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.strategy.atoms import OBJECTS, AtomsTask, measure_atoms, visible_states
from rlxai.store import Run
from rlxai.strategy.atoms import carriers, object_means, profile

NAMES = OBJECTS["breakout"]


@pytest.fixture
def played(make_run):
    run = make_run("run")
    games = [
        *workflow.record_games(run, run.snapshots(), Serial(), quiet, max_decisions=60, epsilon=0.5),
        *workflow.record_games(run, run.snapshots()[:1], Serial(), quiet, seed=3, max_decisions=60, epsilon=0.5),
    ]
    return run, games


def masks_of(run, task, decisions):
    episode = load_episode(run.commit("episode", task).folder)
    masks = episode.masks(np.array(decisions))
    return episode, masks[:, :, [episode.mask_names.index(name) for name in NAMES]]


def test_states_show_ball_and_paddle_in_every_plane_and_the_ball_alone(played):
    run, games = played
    hashes = {game.task: load_episode(game.folder).hashes[-1] for game in games}
    assert len(set(hashes.values())) == 2 < len(hashes)  # two are the same game
    selection = visible_states(run, games, 12, NAMES)
    assert len({hashes[task] for task, _ in selection}) == len(selection) == 2
    for task, decisions in selection:
        assert 1 < len(decisions) <= 6
        _, masks = masks_of(run, task, decisions)
        ball, others = masks[:, :, 0], masks[:, :, 1:].sum(axis=2)
        assert ball.any(axis=(2, 3)).all()
        assert masks[:, :, 1].any(axis=(2, 3)).all()
        assert not (ball * others).any()


def test_rows_are_the_profiles_of_the_states(played):
    run, games = played
    last = run.snapshots()[-1]
    selection = visible_states(run, games, 6, NAMES)
    task = AtomsTask(last.step, last.sha256, selection, NAMES, "chosen", 1)
    (commit,) = Serial().run(run, [task], quiet)
    table = pd.read_parquet(commit.folder / "curves.parquet")
    assert table.groupby(["control", "draw", "game"]).size().tolist() == [4 + 15 + 15] * 4
    agent = last.load()
    game, decisions = selection[0]
    episode, masks = masks_of(run, game, decisions)
    profiles = []
    for observation, mask in zip(episode.observations(np.array(decisions)), masks, strict=True):
        forward = forward_pass(agent.network, agent.to_input(observation[None]))
        chosen = torch.nn.functional.one_hot(forward.q.argmax(1), 4)
        relevance = unit_relevance(forward, chosen.float()).numpy()[0]
        units = carriers(relevance)
        means = object_means(unit_maps(forward, 0, torch.as_tensor(units)).numpy(), mask)
        profiles.append(profile(relevance[units], means))
    rows = table[(table.control == "none") & (table.game == game)].set_index("figure")
    for k, name in enumerate(NAMES):
        expected = np.mean([one.h[k] for one in profiles])
        assert rows.value[f"atoms-h/{name}"] == pytest.approx(expected, rel=1e-4)
    c_above = np.mean([one.c_above for one in profiles], axis=0)
    assert rows.value["atoms-c-above/visible-ball+bricks"] == pytest.approx(c_above[0b101], abs=1e-4)
    assert rows.value[rows.index.str.startswith("atoms-c-above/")].sum() == pytest.approx(1)
    assert set(rows.weight) == {len(decisions)}


def test_all_snapshots_together_and_the_same_again(played):
    run, games = played
    commit = measure_atoms(run, Serial(), quiet, games, states=2, randoms=1)
    assert commit.files.keys() == {"atoms.parquet", "atoms.csv", "atoms.svg", "atoms.png"}
    table = pd.read_parquet(commit.folder / "atoms.parquet")
    assert sorted(set(table.step)) == [0, 1000]
    assert table.random_low.notna().all()  # drawn at the first snapshot, for all
    (first, second) = sorted(run.commits("atoms"), key=lambda found: found.spec["step"])
    assert [found.spec["randoms"] for found in (first, second)] == [1, 0]
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert measure_atoms(run, Serial(), quiet, games, states=2, randoms=1) == commit
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()} == before
    spec = first.spec
    selection = tuple((task, tuple(t)) for task, t in spec["selection"])
    with run.attempt("other", {"again": 1}) as attempt:
        AtomsTask(0, spec["snapshot"], selection, NAMES, "chosen", 1).execute(run, attempt, lambda done, total: None)
        assert (attempt.folder / "curves.parquet").read_bytes() == (first.folder / "curves.parquet").read_bytes()
        assert attempt.summary == first.summary


def test_mistakes_are_one_sentence(make_run, tmp_path):
    run = make_run("run")
    with pytest.raises(InvalidValue, match="met 0 and 1"):
        measure_atoms(run, Serial(), quiet, [], states=0, randoms=1)
    with pytest.raises(InvalidValue, match="unknown target 'nothing'"):
        measure_atoms(run, Serial(), quiet, [], target="nothing")
    with pytest.raises(RunError, match="no recorded game shows ball and paddle"):
        measure_atoms(run, Serial(), quiet, [])
    other = Run.create(tmp_path / "other", {"game": "seaquest", "actions": []})
    with pytest.raises(RunError, match="known of breakout, pong only"):
        measure_atoms(other, Serial(), quiet, [])
    bare = Run.create(tmp_path / "bare", {"game": "breakout", "actions": []})
    with pytest.raises(RunError, match="has no snapshots yet"):
        measure_atoms(bare, Serial(), quiet, [])
