"""The ledger against its formulas written out cell by cell."""

import numpy as np
import pytest
import torch

from rlxai.networks import Agent, nature
from rlxai.strategy import concatenate, ledger, random_agent, shifted, shuffled, summarise


@pytest.fixture
def case():
    generator = np.random.default_rng(0)
    relevance = generator.standard_normal((3, 2, 5, 4)).astype(np.float32)
    masks = (generator.random((3, 2, 6, 5, 4)) * (generator.random((3, 2, 6, 5, 4)) < 0.4)).astype(np.float32)
    masks[1, :, 2] = 0  # an object that is absent in one decision
    masks[:, :, 5] = 0  # and one that never exists
    return relevance, masks


def test_shares_are_the_formula_cell_by_cell(case):
    relevance, masks = case
    result = ledger(relevance, masks)
    for n in range(3):
        total = sum(abs(float(value)) for value in relevance[n].ravel())
        for c in range(2):
            for k in range(6):
                cells = [(y, x) for y in range(5) for x in range(4)]
                on = sum(abs(float(relevance[n, c, y, x])) * float(masks[n, c, k, y, x]) for y, x in cells)
                signed = sum(float(relevance[n, c, y, x]) * float(masks[n, c, k, y, x]) for y, x in cells)
                area = sum(float(masks[n, c, k, y, x]) for y, x in cells)
                assert result.share[n, c, k] == pytest.approx(on / total, rel=1e-5)
                assert result.signed[n, c, k] == pytest.approx(signed / total, rel=1e-5, abs=1e-7)
                assert result.area[n, c, k] == pytest.approx(area / (2 * 5 * 4), rel=1e-5)


def test_summaries_are_means_over_the_decisions_in_which_the_object_exists(case):
    result = ledger(*case)
    present = [0, 2]
    whole = summarise(result, 2)
    assert whole.decisions == 2
    assert whole.share == pytest.approx(np.mean([result.share[n, :, 2].sum() for n in present]))
    assert whole.lift == pytest.approx(whole.share / np.mean([result.area[n, :, 2].sum() for n in present]))
    frames = [summarise(result, 2, frame) for frame in range(2)]
    assert sum(frame.share for frame in frames) == pytest.approx(whole.share)
    assert sum(frame.area for frame in frames) == pytest.approx(whole.area)
    absent = summarise(result, 5)
    assert absent.decisions == 0
    assert np.isnan(absent.lift)


def test_evenly_spread_relevance_has_lift_one_and_relevance_on_the_object_alone_has_share_one():
    masks = np.zeros((1, 4, 1, 84, 84), np.float32)
    masks[:, :, 0, 10:13, 20:22] = 1
    even = summarise(ledger(np.full((1, 4, 84, 84), -0.3, np.float32), masks), 0)
    assert even.lift == pytest.approx(1, rel=1e-5)
    assert even.lift_signed == pytest.approx(-1, rel=1e-5)
    alone = summarise(ledger(masks[:, :, 0] * 5, masks), 0)
    assert alone.share == pytest.approx(1)
    assert alone.lift == pytest.approx(84 * 84 / 6)


def test_scaling_relevance_changes_nothing_and_no_relevance_gives_zero(case):
    relevance, masks = case
    np.testing.assert_allclose(ledger(relevance * 1e-6, masks).share, ledger(relevance, masks).share, rtol=1e-4)
    nothing = ledger(np.zeros_like(relevance), masks)
    assert not nothing.share.any()
    assert nothing.area.any()


def test_batches_join_to_the_whole(case):
    relevance, masks = case
    joined = concatenate([ledger(relevance[:1], masks[:1]), ledger(relevance[1:], masks[1:])])
    np.testing.assert_array_equal(joined.share, ledger(relevance, masks).share)
    assert len(joined) == 3


def test_shifted_maps_are_the_same_maps_elsewhere():
    relevance = np.random.default_rng(1).standard_normal((20, 4, 84, 84)).astype(np.float32)
    moved = shifted(relevance, seed=0)
    np.testing.assert_array_equal(np.sort(moved.ravel()), np.sort(relevance.ravel()))
    np.testing.assert_array_equal(moved, shifted(relevance, seed=0))
    assert not np.array_equal(moved, shifted(relevance, seed=1))
    assert all(not np.array_equal(a, b) for a, b in zip(moved, relevance, strict=True))


def test_a_shifted_mask_control_is_at_chance_where_relevance_sits_on_the_object():
    masks = np.zeros((200, 1, 1, 84, 84), np.float32)
    generator = np.random.default_rng(2)
    for n in range(200):
        y, x = generator.integers(0, 80, 2)
        masks[n, 0, 0, y : y + 4, x : x + 4] = 1
    relevance = masks[:, :, 0] + 0.01
    assert summarise(ledger(relevance, masks), 0).lift > 50
    assert summarise(ledger(shifted(relevance, seed=3), masks), 0).lift < 2


@pytest.mark.parametrize("n", [2, 3, 12, 64])
def test_shuffled_masks_are_those_of_other_decisions_a_quarter_of_the_game_away(n):
    masks = np.arange(n, dtype=np.float32)[:, None, None, None, None] * np.ones((1, 2, 1, 3, 3), np.float32)
    for seed in range(5):
        moved = shuffled(masks, seed)[:, 0, 0, 0, 0].astype(int)
        assert sorted(moved) == list(range(n))
        distance = (moved - np.arange(n)) % n
        assert (np.minimum(distance, n - distance) >= max(1, n // 4)).all()
    assert not shuffled(masks[:1], 0).any()


def test_shuffled_masks_tell_following_the_object_from_knowing_where_it_usually_is():
    masks = np.zeros((64, 1, 1, 84, 84), np.float32)
    for n in range(64):
        masks[n, 0, 0, 40:44, n : n + 4] = 1
    follows, usual = masks[:, :, 0] + 0.001, np.zeros((64, 1, 84, 84), np.float32)
    usual[:, :, 40:44] = 1
    for relevance, same in ((follows, False), (usual, True)):
        lift = summarise(ledger(relevance, masks), 0).lift
        control = summarise(ledger(relevance, shuffled(masks, 0)), 0).lift
        assert (control == pytest.approx(lift)) == same
        assert same or control < lift / 10


def test_random_controls_share_the_architecture_and_leave_the_global_generator_alone():
    agent = Agent(nature(4, 4), ["NOOP", "FIRE", "RIGHT", "LEFT"])
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, again, other = random_agent(agent, 0), random_agent(agent, 0), random_agent(agent, 1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.digest() == again.digest() != other.digest() != agent.digest()
    assert [p.shape for p in first.network.parameters()] == [p.shape for p in agent.network.parameters()]
