"""Pixel flipping against a literal loop, and its cost in forwards."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from rlxai.trust import flipping
from rlxai.trust.battery import Battery
from rlxai.trust.controls import EDGES, RANDOM
from rlxai.trust.curves import curve_table
from rlxai.trust.faithfulness import Curves, Ends, faithfulness, flip_curves
from rlxai.trust.fills import blurred
from rlxai.trust.flipping import flip_counts, flip_order, flip_outputs
from rlxai.trust.maps import explain, target_weights


@pytest.fixture
def case(shipped_agent, planted_states, generator):
    x = planted_states.x[:5]
    weights = target_weights(shipped_agent.network, x, "advantage")
    return shipped_agent.network, x, weights, generator.normal(size=x.shape).astype(np.float32)


def literal_curve(network, x, weights, relevance, fill, counts, insert):
    """One state and one step at a time; the pixels of all frames together, the most relevant first."""
    curves = []
    for state, fill_of, w, maps in zip(x, fill, weights, relevance, strict=True):
        order = np.argsort(-maps.sum(0).ravel())
        curve = []
        for count in counts:
            picture = (fill_of if insert else state).clone()
            for pixel in order[:count]:
                y, z = divmod(int(pixel), state.shape[2])
                picture[:, y, z] = (state if insert else fill_of)[:, y, z]
            curve.append(float((network(picture[None])[0] * w).sum()))
        curves.append(curve)
    return np.array(curves)


def test_curves_are_those_of_a_literal_loop(case):
    network, x, weights, relevance = case
    fill = blurred(x)
    ends = Ends.of(network, x, {"blur": fill})
    found = flip_curves(network, x, weights, relevance, fill, (ends.x, ends.fills["blur"]), steps=5)
    assert found.counts == (0, *flip_counts(84 * 84, 5)) == (0, 4, 26, 168, 1089, 7056)
    for insert, curve in ((False, found.deletion), (True, found.insertion)):
        expected = literal_curve(network, x, weights, relevance, fill, found.counts, insert)
        assert curve == pytest.approx(expected, abs=2e-6)
    drop = (found.deletion[:, [0]] - found.deletion[:, 1:]).sum(1) / 5
    gain = (found.insertion[:, 1:] - found.insertion[:, [0]]).sum(1) / 5
    assert found.faithfulness(2.0) == pytest.approx((drop + gain) / 4)


def test_the_scale_is_the_targets_spread(case):
    network, x, weights, relevance = case
    fills = {"black": torch.zeros_like(x)}
    found = faithfulness(network, x, weights, relevance, fills)["black"]
    louder = faithfulness(network, x, 10 * weights, relevance, fills)["black"]
    assert louder == pytest.approx(found, rel=1e-4, abs=1e-6)
    values = (network(x) * weights).sum(1).numpy()
    ends = Ends.of(network, x, fills)
    curves = flip_curves(network, x, weights, relevance, fills["black"], (ends.x, ends.fills["black"]))
    assert found == pytest.approx(curves.faithfulness(1.0) / values.std(), rel=1e-4)


def test_the_most_relevant_come_first_and_equal_ones_in_random_order():
    relevance = np.zeros((2, 3, 8, 8), np.float32)
    relevance[0, 0, 2, 3], relevance[0, 2, 5, 5], relevance[0, 1, 0, 0] = 3, 4, -1
    order = flip_order(relevance)
    assert order[0, [0, 1, -1]].tolist() == [5 * 8 + 5, 2 * 8 + 3, 0]
    assert sorted(order[1].tolist()) == list(range(64))
    assert abs(np.corrcoef(order[1], np.arange(64))[0, 1]) < 0.5  # not from top to bottom
    assert torch.equal(order, flip_order(relevance))


def test_a_step_asks_the_network_once_and_not_about_the_same_picture_again(case, monkeypatch):
    network, x, _, relevance = case
    asked = []
    monkeypatch.setattr(flipping, "outputs", lambda net, part: (asked.append(len(part)), net(part))[1])
    counts = [4, 50, 700]
    flip_outputs(network, x, torch.full_like(x, 0.5), flip_order(relevance), counts)
    assert asked == [len(x)] * 3
    asked.clear()
    lit = x.sum(1, keepdim=True).numpy()
    pixels = int((lit > 0).sum((1, 2, 3)).max())
    found = flip_outputs(network, x, x * 0, flip_order(lit), [pixels, pixels + 9, 7056])
    assert asked == [len(x)]  # after the lit pixels there are black ones only
    assert torch.equal(found[0], found[2])


def test_controls_know_nothing_of_the_network(shipped_agent, ball_agent, planted_states):
    x = planted_states.x[:4]
    for control in (RANDOM, EDGES):
        maps = [explain(agent.network, x, torch.ones(4, 4), control).relevance for agent in (shipped_agent, ball_agent)]
        assert (maps[0] == maps[1]).all()
        assert (explain(shipped_agent.network, x[2:3], torch.ones(1, 4), control).relevance == maps[0][2:3]).all()
    noise = explain(shipped_agent.network, x[:2], torch.ones(2, 4), RANDOM).relevance.reshape(2, -1)
    assert abs(np.corrcoef(noise)[0, 1]) < 0.05


def test_edges_are_sobels(shipped_agent, generator):
    x = torch.from_numpy(generator.random((1, 4, 84, 84), np.float32))
    found = explain(shipped_agent.network, x, torch.ones(1, 4), EDGES).relevance[0, 2]
    frame = np.pad(x[0, 2].numpy(), 1, mode="edge")
    window = frame[30:33, 50:53]  # around pixel (30, 50)
    across = (window[:, 2] - window[:, 0]) @ [1, 2, 1]
    down = (window[2] - window[0]) @ [1, 2, 1]
    assert found[30, 50] == pytest.approx(np.hypot(across, down), rel=1e-5)


def test_the_fill_without_objects_keeps_walls_and_score(planted_states):
    assert set(planted_states.fills) == {"black", "blur", "object-free"}
    empty, x = planted_states.fills["object-free"], planted_states.x
    paddle = torch.from_numpy(planted_states.masks["paddle"] > 0)[..., 6:77]  # at the wall it covers the wall's foot
    assert paddle.any()
    assert (empty[..., 6:77][paddle] == 0).all()
    assert torch.equal(empty[:, :, :12], x[:, :, :12])  # the score line and the upper wall
    assert (empty[:, :, 25:70, 6:78] == 0).all()


def test_scores_of_a_battery_are_those_of_its_parts(shipped_agent, planted_states):
    states = planted_states.some(np.arange(6))
    battery = Battery(shipped_agent, states, "advantage")
    found = battery.test(EDGES).scores
    assert all(len(values) == 6 for values in found.values())
    for fill in states.fills:
        assert (found[f"above-edges/{fill}"] == 0).all()
        expected = found[f"faithfulness/{fill}"] - battery.baselines["random"][fill]
        assert found[f"above-random/{fill}"] == pytest.approx(expected)
    assert found["sanity/rank-used/cascading/all"] == pytest.approx(np.ones(6))
    assert np.isnan(found["conservation/error"]).all()
    assert {"neurons", "actions", "continuity/ball-right-1", "shift/follows/4", "iou-chance/paddle"} <= found.keys()


def test_curves_are_means_over_games_with_students_interval(generator):
    games = np.array(["a", "a", "b", "c"])
    found = Curves((0, 4, 9), *(generator.normal(size=(2, 4, 3))))
    table = curve_table({"black": found}, games, 2.0).set_index(["fill", "way", "pixels"])
    for way, values in (("deletion", found.deletion), ("insertion", found.insertion)):
        for place, pixels in enumerate(found.counts):
            change = [(row[place] - row[0]) / 2.0 for row in values]
            means = [(change[0] + change[1]) / 2, change[2], change[3]]
            row = table.loc["black", way, pixels]
            assert row.value == pytest.approx(np.mean(means))
            if place:
                low, high = stats.t.interval(0.95, 2, np.mean(means), stats.sem(means))
                assert (row.low, row.high) == pytest.approx((low, high))
    single = curve_table({"black": found}, np.repeat("a", 4), 2.0)
    assert single.low.isna().all()
    assert (single.games == 1).all()
