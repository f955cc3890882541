from __future__ import annotations

import pytest

from rlxai.episodes import record
from rlxai.episodes.score import play_out
from rlxai.errors import InvalidValue


@pytest.mark.parametrize(("seed", "epsilon", "decisions"), [(0, 0.0, 5000), (3, 0.2, 5000), (4, 0.01, 60)])
def test_a_game_played_out_is_the_game_recorded(shipped_agent, make_agent, seed, epsilon, decisions):
    for agent in (shipped_agent, make_agent()) if decisions == 60 else (make_agent(fire_on_life_loss=False),):
        episode = record(agent, seed=seed, epsilon=epsilon, max_decisions=decisions)
        result = play_out(agent, seed=seed, epsilon=epsilon, max_decisions=decisions)
        assert (result.score, result.decisions, result.end) == (episode.score, episode.decisions, episode.end)


def test_an_agent_that_knows_no_game_needs_one(make_agent):
    with pytest.raises(InvalidValue, match="does not say which game it plays"):
        play_out(make_agent(game=None), seed=0, max_decisions=10)
    assert play_out(make_agent(game=None), seed=0, max_decisions=10, game="breakout").decisions == 10
