from __future__ import annotations

import torch

from rlxai.networks import Agent, dueling
from rlxai.trust.randomise import randomisations, weighted_layers, with_random_head

LAYERS = ["9", "7", "4", "2", "0"]


def test_the_output_layer_alone_is_drawn_anew_and_always_alike(shipped_agent):
    state = torch.get_rng_state()
    drawn = with_random_head(shipped_agent)
    assert torch.equal(state, torch.get_rng_state())
    before, after = shipped_agent.network.state_dict(), drawn.network.state_dict()
    assert [name for name in before if not torch.equal(before[name], after[name])] == ["9.weight", "9.bias"]
    assert drawn.digest() == with_random_head(shipped_agent).digest() != with_random_head(shipped_agent, 1).digest()
    assert drawn.actions == shipped_agent.actions


def test_cascading_draws_from_the_output_down_and_independent_one_layer(shipped_agent):
    assert weighted_layers(shipped_agent) == LAYERS
    before = shipped_agent.network.state_dict()
    networks = randomisations(shipped_agent)
    assert len(networks) == 10
    for (test, place), agent in networks.items():
        after = agent.network.state_dict()
        changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
        assert changed == set(
            ["9", "7", "4", "2", "0"][:place] if test == "cascading" else [["9", "7", "4", "2", "0"][place - 1]]
        )


def test_dueling_heads_are_drawn_whole():
    agent = Agent(dueling(4, 4), ("NOOP", "FIRE", "RIGHT", "LEFT"))
    before, after = agent.network.state_dict(), with_random_head(agent).network.state_dict()
    changed = [name for name in before if not torch.equal(before[name], after[name])]
    assert changed == ["9.value.weight", "9.value.bias", "9.advantage.weight", "9.advantage.bias"]
