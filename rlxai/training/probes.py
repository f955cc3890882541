"""Probe states: a fixed set of states on which an agent is looked at again and again while it learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rlxai.attribution import Target
from rlxai.episodes import PLAYERS, Episode, play_script
from rlxai.episodes.edited import edited_observations
from rlxai.errors import InvalidValue
from rlxai.games.edits import game_edits
from rlxai.preprocessing import Preprocessing


@dataclass(frozen=True)
class EditedStates:
    """The probe states with an object added, or taken away, in several ways.

    Attributes:
        observations: uint8 (E, N, C, H, W), one set of states per way.
        adds: whether the object is in these states rather than in the real ones.
    """

    observations: np.ndarray
    adds: bool


@dataclass(frozen=True)
class ProbeStates:
    """N states with what is where in them.

    Attributes:
        observations: uint8 (N, C, H, W).
        masks: float32 (N, C, K, H, W) in [0, 1], the part of each cell that each object covers.
        names: of the K objects.
        edited: by object, the states as they would be with or without it; for its counterfactual value.

    Raises:
        InvalidValue: the shapes do not fit together.
    """

    observations: np.ndarray
    masks: np.ndarray
    names: tuple[str, ...]
    edited: Mapping[str, EditedStates] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, c, *size = self.observations.shape
        if n < 1 or self.masks.shape != (n, c, len(self.names), *size):
            raise InvalidValue(
                f"probe states need observations (N, C, H, W) and masks (N, C, {len(self.names)}, H, W), met "
                f"{self.observations.shape} and {self.masks.shape}"
            )
        for name, states in self.edited.items():
            if states.observations.shape[1:] != self.observations.shape:
                raise InvalidValue(
                    f"edited states of {name} must have shape (E, *{self.observations.shape}), met "
                    f"{states.observations.shape}"
                )

    @classmethod
    def of_episode(cls, episode: Episode, states: int = 64) -> ProbeStates:
        """Evenly spaced decisions of a recorded game, from the first in which the whole stack is of this game.

        Raises:
            InvalidValue: the game's objects are unknown, or the game is shorter than that.
        """
        first = episode.preprocessing.frame_stack - 1
        available = episode.decisions - first
        if not 1 <= states <= available:
            raise InvalidValue(f"states must be 1 to {max(available, 0)} for a game this long, met {states}")
        decisions = np.linspace(first, episode.decisions - 1, states).astype(np.int64)
        masks = episode.masks(decisions)
        if masks is None:
            raise InvalidValue(f"the objects of {episode.recipe.game} are unknown; give probe states with masks")
        return cls(episode.observations(decisions), masks, tuple(episode.mask_names), _edited(episode, decisions))


def _edited(episode: Episode, decisions: np.ndarray) -> dict[str, EditedStates]:
    edits = game_edits(episode.recipe.game)
    return {
        name: EditedStates(
            np.stack([edited_observations(episode, decisions, edit) for edit in presence.edits]), presence.adds
        )
        for name, presence in (edits.presences if edits else {}).items()
    }


def scripted_probes(game: str | None, preprocessing: Preprocessing, states: int = 64) -> ProbeStates:
    """Evenly spaced decisions of one game played by the scripted player: from the first rally to open tunnels.

    The game is always the same, so that two trainings are looked at on the same states.

    Raises:
        InvalidValue: there is no scripted player for the game.
    """
    if game not in PLAYERS:
        raise InvalidValue(f"rlxai has no scripted player for {game or 'an unknown game'}; give probes=")
    return ProbeStates.of_episode(play_script(game, preprocessing), states)


def probe_target(name: str) -> Target:
    """The target of a name; probe states have no pressed action, so `taken` is not among them.

    Raises:
        InvalidValue: no target has this name, or it is `taken`.
    """
    target = Target.parse(name)
    if target.kind == "taken":
        raise InvalidValue("the target 'taken' needs a pressed action, which probe states do not have; try 'chosen'")
    return target
