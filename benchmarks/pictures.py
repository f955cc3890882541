"""One frame of Breakout, and its maps as pictures: what the gallery and the pages on methods show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import rlxai
from benchmarks.subject import best_agent, game
from rlxai.attribution import Method
from rlxai.attribution.spread import drawn
from rlxai.networks import Agent
from rlxai.replay import colour, compose, scale

DECISION = 640
"""Of the demo's game: the ball is above the wall, the tunnel at the left is open, the paddle below it."""
MARKED = {"visible-ball": "ball", "tunnel": "tunnel", "paddle": "paddle"}
"""Masks whose places the frame points out, and what it calls them."""


@dataclass(frozen=True)
class Scene:
    """The frame.

    Attributes:
        agent: whose decision is explained.
        observation: uint8 (1, C, 84, 84).
        screen: uint8 RGB (210, 160, 3).
        grey: uint8 (210, 160).
        places: centre of each marked object on the screen, (row, column).
    """

    agent: Agent
    observation: np.ndarray
    screen: np.ndarray
    grey: np.ndarray
    places: dict[str, tuple[float, float]]


def scene() -> Scene:
    """Played afresh, the same each time."""
    agent = best_agent()
    episode = game(agent, DECISION + 1)
    indices = episode.screens[DECISION : DECISION + 1][0, -1]  # (210, 160)
    masks = episode.masks(np.array([DECISION]))
    assert masks is not None  # Breakout's objects are known
    places = {}
    for name, label in MARKED.items():
        rows, columns = np.nonzero(masks[0, -1, episode.mask_names.index(name)])
        places[label] = ((rows.mean() + 0.5) * 210 / 84, (columns.mean() + 0.5) * 160 / 84)
    return Scene(
        agent, episode.observations(np.array([DECISION])), episode.palette[indices],
        compose.grey_levels(episode.palette)[indices], places,
    )  # fmt: skip


def map_picture(scene: Scene, method: Method, target: str) -> np.ndarray | None:
    """The map over the dimmed frame, uint8 RGB (210, 160, 3); None where it is not defined for network or target.

    Summed over the stacked frames; full colour is the map's own largest |R|: shapes can be compared, sizes cannot.
    """
    try:
        relevance = rlxai.attribute(scene.agent, scene.observation, method=method, target=target).relevance
    except rlxai.RlxaiError:
        return None
    shown = drawn(relevance)  # (1, 84, 84)
    levels = colour.level(shown, scale.frame_scales(shown)[:, None, None])[0]
    table = compose.blend_table(colour.default_for(method.signed))
    return compose.paint(scene.grey, compose.stretch(levels, *scene.grey.shape), table)


def families() -> dict[str, list[Method]]:
    """Methods of the catalogue by family, in its order."""
    found: dict[str, list[Method]] = {}
    for method in rlxai.methods().values():
        found.setdefault(method.family, []).append(method)
    return found
