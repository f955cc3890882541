from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sb3_contrib import QRDQN
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.callbacks import CallbackList

from rlxai.errors import InvalidValue, RunError
from rlxai.networks import load_agent
from rlxai.preprocessing import Preprocessing
from rlxai.store import open_run, verify
from rlxai.training import SnapshotCallback

REPLAY = {"buffer_size": 200, "learning_starts": 20, "batch_size": 4}


def steps(path):
    return [snapshot.step for snapshot in open_run(path).snapshots()]


def dqn(env, **options):
    return DQN("CnnPolicy", env, seed=0, device="cpu", **REPLAY, **options)


@pytest.mark.parametrize(
    ("algorithm", "options", "n_envs", "expected"),
    [
        (DQN, REPLAY, 1, [0, 40, 80, 92]),  # whole rollouts: train_freq = 4 steps
        (DQN, REPLAY, 3, [0, 48, 84, 96]),  # 4 steps of 3 environments
        (QRDQN, REPLAY, 1, [0, 40, 80, 92]),
        (PPO, {"n_steps": 8, "batch_size": 8, "n_epochs": 1}, 4, [0, 64, 96]),
        (A2C, {"n_steps": 5}, 4, [0, 40, 80, 100]),
    ],
)
def test_snapshots_are_taken_at_crossings_and_equal_the_acting_network(
    tmp_path, dots, algorithm, options, n_envs, expected
):
    env = dots(n_envs)
    model = algorithm("CnnPolicy", env, seed=0, device="cpu", **options)
    model.learn(90, callback=SnapshotCallback(tmp_path / "run", every=40))
    assert model.num_timesteps == expected[-1]
    assert steps(tmp_path / "run") == expected
    run = open_run(tmp_path / "run")
    assert verify(run).problems == []
    assert run.info["provenance"]["algorithm"] == algorithm.__name__
    assert run.info["actions"] == ["action 0", "action 1"]
    last = load_agent(run.path)
    assert last.outputs == ("q-values" if algorithm in (DQN, QRDQN) else "logits")
    observations = np.random.default_rng(0).integers(0, 256, (16, 4, 36, 36), np.uint8)
    assert np.allclose(last.q_values(observations), acting(model, observations), atol=2e-3)  # half precision
    games = run.snapshots()[-1].meta["provenance"]["training"]
    assert games["games"] == len(model.ep_info_buffer) > 0
    assert games["mean_score"] == pytest.approx(np.mean([game["r"] for game in model.ep_info_buffer]))


def acting(model, observations):
    with torch.no_grad():
        x = torch.as_tensor(observations)
        if isinstance(model, DQN):
            return model.q_net(x).numpy()
        if isinstance(model, QRDQN):
            return model.quantile_net(x).mean(1).numpy()
        return model.policy.get_distribution(x).distribution.logits.numpy() + logits_offset(model, x)


def logits_offset(model, x):
    """SB3's Categorical subtracts logsumexp from the logits."""
    raw = model.policy.action_net(model.policy.extract_features(x, model.policy.pi_features_extractor))
    return raw.logsumexp(1, keepdim=True).numpy()


def test_the_last_snapshot_holds_the_weights_after_the_last_update(tmp_path, dots):
    model = dqn(dots())
    model.learn(80, callback=SnapshotCallback(tmp_path / "run", every=40))  # the last step is a scheduled one
    weights = load_agent(tmp_path / "run").network.state_dict()
    assert torch.equal(weights["0.weight"], model.q_net.features_extractor.cnn[0].weight.half().float())


def test_given_steps_are_kept_besides_the_first_and_the_last(tmp_path, dots):
    dqn(dots()).learn(60, callback=CallbackList([SnapshotCallback(tmp_path / "run", at=[8, 10, 11])]))
    assert steps(tmp_path / "run") == [0, 8, 12, 60]


def test_a_training_that_goes_on_keeps_the_snapshots_there_are(tmp_path, dots):
    model = dqn(dots())
    model.learn(50, callback=SnapshotCallback(tmp_path / "run", every=20))
    kept = {path: path.read_bytes() for path in (tmp_path / "run/snapshots").iterdir()}
    model.learn(50, callback=SnapshotCallback(tmp_path / "run", every=20), reset_num_timesteps=False)
    assert steps(tmp_path / "run") == [0, 20, 40, 52, 60, 80, 100, 104]
    assert all(path.read_bytes() == content for path, content in kept.items())


def test_another_training_is_not_mixed_into_a_run(tmp_path, dots):
    dqn(dots()).learn(8, callback=SnapshotCallback(tmp_path / "run", every=4))
    before = sorted(path.name for path in (tmp_path / "run/snapshots").iterdir())
    other = DQN("CnnPolicy", dots(), seed=1, device="cpu", **REPLAY)
    with pytest.raises(RunError, match="another snapshot of step 0 is there already"):
        other.learn(8, callback=SnapshotCallback(tmp_path / "run", every=4))
    with pytest.raises(RunError, match="is a run with another game; choose a new folder"):
        dqn(dots()).learn(8, callback=SnapshotCallback(tmp_path / "run", every=4, game="pong"))
    assert sorted(path.name for path in (tmp_path / "run/snapshots").iterdir()) == before


def test_a_kill_while_writing_leaves_whole_snapshots_only(tmp_path, dots, monkeypatch):
    import rlxai.networks.snapshot as snapshot

    def killed(path, data):
        if "00000040" in path.name:
            path.with_name(".half.partial").write_bytes(data[:100])
            raise KeyboardInterrupt
        return write(path, data)

    write = snapshot.write_atomic
    monkeypatch.setattr(snapshot, "write_atomic", killed)
    with pytest.raises(KeyboardInterrupt):
        dqn(dots()).learn(60, callback=SnapshotCallback(tmp_path / "run", every=20))
    assert steps(tmp_path / "run") == [0, 20]
    monkeypatch.undo()
    load_agent(tmp_path / "run")


def test_what_the_environment_tells_can_be_given_instead(tmp_path, dots):
    preprocessing = Preprocessing(size=36, sticky=0.25)
    callback = SnapshotCallback(
        tmp_path / "run", every=10, game="pong", actions=["LEFT", "RIGHT"], preprocessing=preprocessing
    )
    dqn(dots()).learn(4, callback=callback)
    agent = load_agent(tmp_path / "run")
    assert (agent.game, agent.actions, agent.preprocessing) == ("pong", ("LEFT", "RIGHT"), preprocessing)


def test_a_policy_rlxai_cannot_explain_is_refused_before_anything_is_written(tmp_path, dots):
    model = dqn(dots(), policy_kwargs={"net_arch": [16]})
    with pytest.raises(InvalidValue, match="net_arch"):
        model.learn(8, callback=SnapshotCallback(tmp_path / "run", every=4))
    assert not (tmp_path / "run").exists()


def test_a_nature_snapshot_is_small_and_its_description_plain(tmp_path, breakout):
    model = DQN("CnnPolicy", breakout(), seed=0, device="cpu", **REPLAY)
    model.learn(4, callback=SnapshotCallback(tmp_path / "run", every=4))
    run = open_run(tmp_path / "run")
    assert run.info["game"] == "breakout"
    assert run.info["actions"] == ["NOOP", "FIRE", "RIGHT", "LEFT"]
    assert run.info["preprocessing"] == Preprocessing().to_dict()
    for snapshot in run.snapshots():
        assert snapshot.path.stat().st_size <= 3_500_000
        assert json.loads(snapshot.path.with_suffix(".json").read_text())["dtype"] == "float16"
