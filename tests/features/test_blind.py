"""Games in which an object is not shown: the game is the real one, and only the object's pixels change."""

import numpy as np
import pytest

from rlxai.episodes import record
from rlxai.episodes.score import play_out
from rlxai.errors import InvalidValue
from rlxai.features.blind import Blindfold, Holes, play_blind
from rlxai.games import Frames, game_objects
from rlxai.networks import Agent
from rlxai.preprocessing import Preprocessing

NAMES = game_objects("breakout").names
VARIANTS = [
    Preprocessing(), Preprocessing(stack_order="newest-first", pooling="two-decisions"),
    Preprocessing(stack_start="repeat", stack_on_life_loss="repeat"),
]  # fmt: skip


@pytest.mark.parametrize("preprocessing", VARIANTS, ids=["default", "newest-first", "repeat"])
def test_holes_are_the_masks_of_the_recorded_game(untrained, preprocessing):
    base = untrained(1)
    agent = Agent(base.network, base.actions, preprocessing, game="breakout")
    episode = record(agent, seed=3, max_decisions=80, epsilon=0.3)
    assert (np.diff(episode.lives) < 0).any()
    objects = ("visible-ball", "paddle")
    holes = Holes(Blindfold(objects, 7), game_objects("breakout"), preprocessing)
    observations, masks = episode.observations(slice(None)), episode.masks(slice(None))
    chosen = [NAMES.index(name) for name in objects]
    for decision in range(episode.decisions):
        lost = decision > 0 and episode.lives[decision] < episode.lives[decision - 1]
        frames = Frames(episode.screens[decision], episode.ram[decision], 0.0, 0, False)
        holes.see(frames, preprocessing.refill(decision, episode.recipe.opening, bool(lost)))
        seen, hidden = observations[decision], (masks[decision][:, chosen] > 0).any(1)
        expected = np.where(hidden, 7, seen)
        assert (holes.covered(seen) == expected).all(), decision


def test_nothing_hidden_is_the_game_itself(untrained):
    agent = untrained(0)
    settings = {"seed": 2, "max_decisions": 60, "epsilon": 0.2}
    assert play_blind(agent, Blindfold((), 0), **settings) == play_out(agent, **settings)


def test_an_agent_that_follows_the_ball_needs_it(shipped_agent):
    settings = {"seed": 0, "max_decisions": 170}
    seeing = play_out(shipped_agent, **settings)
    blind = play_blind(shipped_agent, Blindfold(("visible-ball",), 0), **settings)
    elsewhere = play_blind(shipped_agent, Blindfold(("visible-ball",), 0, elsewhere=True), **settings)
    assert blind.score < 0.5 * seeing.score
    assert elsewhere.score > blind.score


def test_mistakes(untrained):
    with pytest.raises(InvalidValue, match="no object 'bat'"):
        play_blind(untrained(0), Blindfold(("bat",), 0), seed=0, max_decisions=5)
    other = untrained(0)
    with pytest.raises(InvalidValue, match="objects of seaquest are not known"):
        play_blind(other, Blindfold(("ball",), 0), seed=0, max_decisions=5, game="seaquest")
