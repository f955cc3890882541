"""Breakout's synthetic renderer against the play of a real, trained agent."""

from __future__ import annotations

import numpy as np

from rlxai.episodes import Observer, record
from rlxai.games import open_columns, read_state, render_grey
from rlxai.networks.agent import Agent
from rlxai.preprocessing import Preprocessing

IDENTITY = np.arange(256, dtype=np.uint8)
GREYS = np.repeat(IDENTITY[:, None], 3, axis=1)


def rendered_planes(ram, preprocessing):
    """Planes drawn from RAM alone, uint8 (n, size, size), from RAM (n, skip, 128)."""
    observer = Observer(preprocessing)
    newest = -1 if preprocessing.stack_order == "oldest-first" else 0
    pairs = ([render_grey(frame) for frame in pair] for pair in ram[:, -2:])
    return np.stack([observer.see(np.stack(pair), IDENTITY, GREYS)[newest] for pair in pairs])


def test_rendered_planes_equal_those_of_a_trained_agent(shipped_agent: Agent):
    episode = record(shipped_agent, seed=1, max_decisions=1500)
    shown = episode.decisions + (episode.end != "game over")  # the last plane of a game has no RAM of its own
    ram = episode.ram[:shown]
    below_score = 17 * episode.preprocessing.size // 210 + 1
    drawn = rendered_planes(ram, episode.preprocessing)[:, below_score:]
    differing = (episode.planes(0, shown)[:, below_score:] != drawn).any(axis=(1, 2))
    assert differing.mean() <= 0.001

    opened = np.array([open_columns(frame).any() for frame in ram[:, -1]])
    above = np.array([read_state(frame).ball_above for frame in ram[:, -1]])
    assert shown > 500
    assert above.sum() > 50
    assert not (above & ~opened).any()


def test_preprocessing_of_the_shipped_agent_is_the_default(shipped_agent: Agent):
    assert shipped_agent.preprocessing == Preprocessing()
