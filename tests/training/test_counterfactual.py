from __future__ import annotations

import numpy as np
import pytest

from rlxai.attribution import Target
from rlxai.episodes import play_script
from rlxai.episodes.edited import edited_observations
from rlxai.errors import InvalidValue
from rlxai.games.edits import parse_edit
from rlxai.preprocessing import Preprocessing
from rlxai.training import ProbeStates
from rlxai.training.counterfactual import object_values
from rlxai.training.probes import EditedStates

TARGETS = [Target.parse(name) for name in ("advantage", "value", "contrast:0:2")]


@pytest.fixture(scope="module")
def script():
    return play_script("breakout", Preprocessing(), max_decisions=200)


def by_name(agent, probes):
    return {(target, name): value for target, name, value in object_values(agent, probes, TARGETS)}


def literally(q, edited_q, target):
    """(target of the real state, of the edited one), the action held fixed."""
    best = q.argmax()
    return {
        "advantage": (q[best] - q.mean(), edited_q[best] - edited_q.mean()),
        "value": (q.mean(), edited_q.mean()),
        "contrast:0:2": (q[0] - q[2], edited_q[0] - edited_q[2]),
    }[target]


def test_the_value_of_ball_and_tunnel_is_what_the_formula_says(script, shipped_agent):
    probes = ProbeStates.of_episode(script, 12)
    found = by_name(shipped_agent, probes)
    decisions = np.linspace(3, script.decisions - 1, 12).astype(int)
    q = shipped_agent.q_values(script.observations(decisions)).astype(float)
    for name, edits, sign in (
        ("ball", ["ball-removed"], -1),
        ("tunnel", [f"tunnel-carved:{column}" for column in (0, 6, 11, 17)], 1),
    ):
        for target in ("advantage", "value", "contrast:0:2"):
            values, real = [], []
            for text in edits:
                observations = edited_observations(script, decisions, parse_edit("breakout", text))
                other = shipped_agent.q_values(observations).astype(float)
                for n in range(12):
                    before, after = literally(q[n], other[n], target)
                    real.append(before)
                    if (observations[n] != probes.observations[n]).any():
                        values.append(sign * (after - before))
            assert found[target, name] == pytest.approx(np.mean(values), abs=1e-5)
            spread = np.std(real[:12])
            assert found[target, f"{name}_per_spread"] == pytest.approx(np.mean(values) / spread, abs=1e-4)
    assert found["value", "ball"] > 0  # a trained agent expects more points while the ball is in play


def test_states_that_an_edit_does_not_change_do_not_count(script, untrained):
    plain = ProbeStates.of_episode(script, 6)
    (without,) = plain.edited["ball"].observations.copy()
    without[3:] = plain.observations[3:]
    probes = ProbeStates(
        plain.observations, plain.masks, plain.names,
        {"ball": EditedStates(without[None], adds=False), "none": EditedStates(plain.observations[None], adds=True)},
    )  # fmt: skip
    first = ProbeStates(
        plain.observations[:3], plain.masks[:3], plain.names, {"ball": EditedStates(without[None, :3], adds=False)}
    )
    agent = untrained(0)
    found = by_name(agent, probes)
    assert found["value", "ball"] == pytest.approx(by_name(agent, first)["value", "ball"], rel=1e-4)
    assert not any(name.startswith("none") for _, name in found)


def test_edited_states_must_be_those_of_the_probe_states(script):
    probes = ProbeStates.of_episode(script, 6)
    with pytest.raises(InvalidValue, match="edited states of ball must have shape"):
        ProbeStates(
            probes.observations, probes.masks, probes.names, {"ball": EditedStates(probes.observations, adds=False)}
        )
