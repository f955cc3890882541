"""Small changes, and patches that are found on some states and work on others."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rlxai.trust.agreement import agreement
from rlxai.trust.patch import Place, adversarial_patch, noise_patch
from rlxai.trust.robustness import changed_decisions, margin, small_changes


def test_small_changes_are_small_and_the_sign_is_against_the_decision(shipped_agent, planted_states):
    x = planted_states.x[:6]
    network = shipped_agent.network
    found = small_changes(network, x)
    for name in ("noise-2", "gradient-sign-2"):
        assert 0 < (found[name] - x).abs().max() <= 2.001 / 255
    assert torch.equal(found["aside-1"][..., 1:], x[..., :-1])
    lead = margin(network, x)
    q = np.sort(shipped_agent.q_values(x), axis=1)
    assert lead == pytest.approx(q[:, -1] - q[:, -2], abs=1e-5)
    weights = torch.nn.functional.one_hot(network(x).argmax(1), 4)
    q_after = network(found["gradient-sign-0.5"])
    others = q_after.masked_fill(weights.bool(), -torch.inf).max(1).values
    after = (q_after * weights).sum(1) - others
    assert (after.numpy() < lead).all()
    changed = changed_decisions(network, x, found)
    expected = (network(found["noise-8"]).argmax(1) != network(x).argmax(1)).numpy()
    assert (changed["noise-8"] == expected).all()


def test_a_patch_gets_its_action_pressed_in_other_games(shipped_agent, planted_states):
    fit, judged = planted_states.x[:12], planted_states.x[12:]
    place = Place(52, 50, 8)
    action = 3
    patch = adversarial_patch(shipped_agent.network, fit, action, place, iterations=30)
    assert patch.shape == (4, 8, 8)
    assert 0 <= patch.min() < patch.max() <= 1
    pressed = shipped_agent.q_values(place.paste(judged, patch)).argmax(1) == action
    noise = shipped_agent.q_values(place.paste(judged, noise_patch(4, 8))).argmax(1) == action
    assert pressed.mean() > 0.8 > 0.5 > noise.mean()
    assert torch.equal(patch, adversarial_patch(shipped_agent.network, fit, action, place, iterations=30))


def test_pasting_and_the_share_on_a_patch():
    place = Place(2, 5, 3)
    x = torch.zeros(2, 1, 12, 12)
    pasted = place.paste(x, torch.ones(1, 3, 3))
    assert pasted.sum() == 18
    assert pasted[:, :, 2:5, 5:8].sum() == 18
    assert place.lift(pasted.numpy()) == pytest.approx([16, 16])
    assert place.lift(np.ones((1, 3, 12, 12))) == pytest.approx([1])
    assert np.isnan(place.lift(np.zeros((1, 3, 12, 12))))
    assert place.name == "3@2,5"


def test_agreement_of_a_map_with_itself_its_negative_and_noise(generator):
    maps = generator.normal(size=(3, 2, 20, 20))
    found = agreement({"a": maps, "b": -maps, "noise": generator.normal(size=maps.shape)})
    assert list(found) == [("a", "b"), ("a", "noise"), ("b", "noise")]
    rank, overlap = found["a", "b"]
    assert rank == pytest.approx([1, 1, 1])
    assert overlap == pytest.approx([1, 1, 1])
    rank, overlap = found["a", "noise"]
    assert (np.abs(rank) < 0.2).all()
    assert overlap.mean() < 0.2
