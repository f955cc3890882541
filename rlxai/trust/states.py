"""The states that maps are tested on, with everything that the tests need to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from rlxai.episodes import Episode
from rlxai.episodes.edited import edited_observations
from rlxai.games.edits import game_edits, parse_edit
from rlxai.networks import Agent
from rlxai.trust.fills import fills, object_free

OBJECTS = ("visible-ball", "ball", "paddle", "tunnel")
"""Objects that are located, those that a game has; of the two balls the visible one."""
_NUDGES = {"breakout": {"ball-right-1": "ball-moved:1:0", "ball-down-1": "ball-moved:0:1"}}
"""Game -> edits that move something by one pixel of the screen, half a cell of the picture."""


@dataclass(frozen=True)
class States:
    """N states from several games."""

    games: np.ndarray
    """Which game each is from, str (N,): the units of all intervals."""
    x: Tensor
    """Floats in [0, 1], (N, C, H, W)."""
    fills: Mapping[str, Tensor]
    """By name, each as `x`."""
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    """By object, (N, C, H, W) in [0, 1]."""
    nudged: Mapping[str, Tensor] = field(default_factory=dict)
    """The same states with something moved by one pixel of the screen, by name, each as `x`."""

    def __len__(self) -> int:
        return len(self.x)

    def some(self, chosen: np.ndarray) -> States:
        """The states of integers (M,)."""
        where = torch.from_numpy(chosen)
        return States(
            self.games[chosen], self.x[where], {name: fill[where] for name, fill in self.fills.items()},
            {name: mask[chosen] for name, mask in self.masks.items()},
            {name: nudge[where] for name, nudge in self.nudged.items()},
        )  # fmt: skip


def states_of(agent: Agent, episode: Episode, decisions: np.ndarray, game: str) -> States:
    """States of one recorded game as the agent sees them.

    Args:
        agent: whose preprocessing counts.
        episode: the recorded game, `seen_by` the agent.
        decisions: integers (N,).
        game: the name of the unit.
    """
    x = agent.to_input(episode.observations(decisions))
    masks = episode.masks(decisions)
    known = game_edits(episode.recipe.game) is not None
    nudges = _NUDGES.get(episode.recipe.game, {}) if known else {}
    return States(
        np.full(len(x), game), x, fills(x, object_free(episode, decisions)),
        {} if masks is None else _located(masks, episode.mask_names),
        {
            name: agent.to_input(edited_observations(episode, decisions, parse_edit(episode.recipe.game, text)))
            for name, text in nudges.items()
        },
    )  # fmt: skip


def together(parts: list[States]) -> States:
    """The states of several games of one kind as one."""
    first = parts[0]
    return States(
        np.concatenate([part.games for part in parts]), torch.cat([part.x for part in parts]),
        {name: torch.cat([part.fills[name] for part in parts]) for name in first.fills},
        {name: np.concatenate([part.masks[name] for part in parts]) for name in first.masks},
        {name: torch.cat([part.nudged[name] for part in parts]) for name in first.nudged},
    )  # fmt: skip


def _located(masks: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """(N, C, K, H, W) -> masks by object."""
    chosen = [name for name in OBJECTS if name in names and not (name == "ball" and "visible-ball" in names)]
    return {name: masks[:, :, names.index(name)] for name in chosen}
