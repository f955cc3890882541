from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stable_baselines3 import DQN
from stable_baselines3.common.logger import KVWriter, Logger

from rlxai.attribution import attribute
from rlxai.errors import InvalidValue
from rlxai.preprocessing import Preprocessing
from rlxai.store import open_run
from rlxai.training import ExplanationCallback, ProbeStates, SnapshotCallback, scripted_probes

REPLAY = {"buffer_size": 200, "learning_starts": 20, "batch_size": 4}


class Memory(KVWriter):
    def __init__(self):
        self.rows = []

    def write(self, key_values, key_excluded, step=0):
        self.rows.append((step, {key: value for key, value in key_values.items() if key.startswith("rlxai/")}))

    def close(self):
        pass

    def by_step(self):
        return {step: values for step, values in self.rows if values}


def learn(env, steps, callback):
    model, memory = DQN("CnnPolicy", env, seed=0, device="cpu", **REPLAY), Memory()
    model.set_logger(Logger(None, [memory]))
    model.learn(steps, callback=callback)
    return memory.by_step()


def flat(logged):
    return {
        (step, name.removeprefix("rlxai/")): pytest.approx(value, rel=1e-6)
        for step, values in logged.items()
        for name, value in values.items()
    }


def table(run):
    """explanations.csv, named as in the log."""
    rows = pd.read_csv(run / "explanations.csv")
    between = rows.target.where(rows.method == "counterfactual", "").map(lambda target: f"{target}/" if target else "")
    names = rows.method + "/" + between + rows.measure
    assert not pd.concat([rows.step, names], axis=1).duplicated().any()
    return dict(zip(zip(rows.step, names, strict=True), rows.value, strict=True))


@pytest.fixture
def probes():
    generator = np.random.default_rng(0)
    masks = np.zeros((6, 4, 3, 36, 36), np.float32)
    masks[:, :, 0, :18] = 1  # the upper half
    masks[:3, 3, 1, 20:24, 8:12] = 0.5  # seen in half of the states, in the newest frame, half covered; 2: nowhere
    return ProbeStates(generator.integers(0, 256, (6, 4, 36, 36), np.uint8), masks, ("half", "spot", "never"))


def test_the_object_ledger_of_the_live_agent_is_logged_by_steps(tmp_path, dots, probes):
    callbacks = [
        SnapshotCallback(tmp_path / "run", every=20),
        ExplanationCallback(tmp_path / "run", every=20, methods=["gradient", "lrp-epsilon"], probes=probes),
    ]
    logged = learn(dots(), 60, callbacks)
    assert list(logged) == [0, 20, 40, 60]
    for snapshot in open_run(tmp_path / "run").snapshots():  # what was logged is what the snapshots show
        for method in ("gradient", "lrp-epsilon"):
            result = attribute(snapshot.load(), probes.observations, method, "advantage")
            magnitude = np.abs(result.relevance).astype(float)
            shares = (magnitude[:, :, None] * probes.masks).sum((1, 3, 4)) / magnitude.sum((1, 2, 3))[:, None]
            values = logged[snapshot.step]
            assert values[f"rlxai/{method}/share_half"] == pytest.approx(shares[:, 0].mean(), abs=2e-3)
            assert values[f"rlxai/{method}/lift_half"] == pytest.approx(shares[:, 0].mean() / 0.5, abs=4e-3)
            area = 16 * 0.5 / (4 * 36 * 36)
            assert values[f"rlxai/{method}/lift_spot"] == pytest.approx(shares[:3, 1].mean() / area, rel=0.02)
            assert f"rlxai/{method}/lift_never" not in values
            if result.bias is not None:
                assert 0 <= values[f"rlxai/{method}/conservation_error"] < 1e-4
                share = np.abs(result.bias).sum() / np.abs(result.target).sum()
                assert values[f"rlxai/{method}/bias_share"] == pytest.approx(share, rel=0.05)
            assert -1 <= values[f"rlxai/{method}/randomisation"] < 1
    assert "rlxai/gradient/bias_share" not in logged[0]
    assert not any("counterfactual" in name for name in logged[60])  # nobody says how a dot is taken away
    assert flat(logged) == table(tmp_path / "run")


def test_the_scripted_game_is_the_default_and_shows_open_tunnels(tmp_path, breakout):
    callback = ExplanationCallback(tmp_path / "run", every=8, states=8)
    logged = learn(breakout(), 8, callback)
    assert list(logged) == [0, 8]
    for name in ("ball", "visible-ball", "paddle", "bricks", "wall", "tunnel"):
        assert logged[8][f"rlxai/lrp-epsilon-plus-flat/lift_{name}"] >= 0
    assert logged[8]["rlxai/lrp-epsilon-plus-flat/bias_share"] > 0
    for target in ("advantage", "value"):
        for name in ("ball", "tunnel"):
            value = logged[8][f"rlxai/counterfactual/{target}/{name}"]
            assert value != 0
            assert np.sign(logged[8][f"rlxai/counterfactual/{target}/{name}_per_spread"]) == np.sign(value)
    assert not (tmp_path / "run").exists()
    probes = callback.probes
    tunnel = probes.masks[:, :, probes.names.index("tunnel")].sum((1, 2, 3))
    assert tunnel[0] == 0
    assert tunnel[-1] > 0
    again = scripted_probes("breakout", Preprocessing(), 8)
    assert np.array_equal(again.observations, probes.observations)
    assert np.array_equal(again.masks, probes.masks)


def test_the_table_has_every_look_whichever_callback_comes_first(tmp_path, dots, probes):
    run = tmp_path / "run"
    first = [ExplanationCallback(run, every=20, probes=probes), SnapshotCallback(run, every=20)]
    logged = learn(dots(), 40, first)
    assert flat(logged) == table(run)
    assert {step for step, _ in table(run)} == {0, 20, 40}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"methods": ["lrp"]}, "unknown method 'lrp'"),
        ({"methods": "gradient"}, "methods must be a list of names, met 'gradient'"),
        ({"methods": []}, "methods must be a list"),
        ({"target": "taken"}, "the target 'taken' needs a pressed action"),
        ({"target": "best"}, "unknown target 'best'"),
    ],
)
def test_unknown_names_are_refused_when_the_callback_is_made(tmp_path, options, said):
    with pytest.raises(InvalidValue, match=said):
        ExplanationCallback(tmp_path, every=10, **options)


def test_names_too_long_for_sb3s_table_do_not_end_a_training(tmp_path, dots, probes, capsys):
    masks = np.repeat(probes.masks[:, :, :1], 2, axis=2)
    same = ProbeStates(
        probes.observations, masks, ("a-very-long-name-of-an-object-1", "a-very-long-name-of-an-object-2")
    )
    model = DQN("CnnPolicy", dots(), seed=0, device="cpu", verbose=1, **REPLAY)
    model.learn(4, callback=ExplanationCallback(tmp_path / "run", every=4, probes=same, verbose=1))
    assert "explained step 4: lrp-epsilon-plus-flat" in capsys.readouterr().out


def test_a_game_without_a_scripted_player_needs_probes(tmp_path, dots):
    with pytest.raises(InvalidValue, match="no scripted player for an unknown game; give probes="):
        learn(dots(), 4, ExplanationCallback(tmp_path / "run", every=4))


def test_probe_states_must_fit_together(probes):
    with pytest.raises(InvalidValue, match="probe states need observations"):
        ProbeStates(probes.observations, probes.masks, ("half",))
