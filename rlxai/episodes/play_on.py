"""Games played on from recorded states that were edited: what a player does about it, over many decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlxai.episodes.drift import Drift, emulator_of, rerender
from rlxai.episodes.edited import edited
from rlxai.episodes.episode import Episode
from rlxai.episodes.frames import entry_hash
from rlxai.episodes.observe import Observer, stacked_entries
from rlxai.episodes.rollout import buttons
from rlxai.errors import RunError
from rlxai.games import Emulator, Frames, ale_version
from rlxai.games.ale import Saved
from rlxai.games.edit import Edit
from rlxai.networks.agent import Agent

Player = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(observations (B, C, size, size), RAM of the latest frames (B, 128)) -> indices of actions, (B,)."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """A recorded state that the emulator can be put back into: what decision `decision` of the episode was made on."""

    episode: Episode
    decision: int
    emulator: Emulator
    """Without sticky actions."""
    saved: Saved

    def under(self, edit: Edit) -> Beginning:
        """The state as if the edit had always been so: in RAM, and in all planes of the observation.

        Raises:
            InvalidValue: the game would undo the edit, or it would change the reward.
        """
        ram = edit.playable(self.episode.ram[self.decision, -1])
        self.emulator.restore(self.saved)
        self.emulator.write_ram(ram)
        seen = edited(self.episode, edit)
        settings = self.episode.preprocessing
        observer = Observer(settings)
        # One more than are stacked: some planes are made of two entries.
        for entry in range(max(self.decision - settings.frame_stack, 0), self.decision + 1):
            observation = observer.see(seen.screens[entry], self.episode.grey, self.episode.palette)
        lives = int(self.episode.lives[self.decision])
        return Beginning(self.emulator, self.emulator.save(), observer, observation, ram, lives)


def recorded_states(episode: Episode, decisions: Sequence[int]) -> list[Recorded]:
    """Play an episode's recipe again, and keep the emulator's state at some decisions, in their order.

    Rallies from there have no sticky actions, even if the game had: which action was in force ALE keeps to itself, so
    that a state with sticky actions cannot be gone back to. Vary them by exploration instead.

    Raises:
        RunError: the installed emulator plays it differently.
    """
    recipe = episode.recipe
    emulator = emulator_of(recipe)
    free = Emulator(recipe.game) if recipe.sticky else emulator
    wanted, found = set(decisions), []
    for entry, frames in zip(range(max(wanted, default=-1) + 1), rerender(recipe, emulator), strict=False):
        if entry in wanted:
            if entry_hash(frames.screens, frames.ram) != int(episode.hashes[entry]):
                drift = Drift(entry, recipe.ale_version, ale_version())
                raise RunError(f"{drift.message}, so it cannot be played on from there")
            found.append(Recorded(episode, entry, free, emulator.save()))
    return found


def continuable(episode: Episode) -> np.ndarray:
    """Decisions that are up to the player, and see planes of consecutive entries only; bool (T,)."""
    settings = episode.preprocessing
    decisions = np.arange(episode.decisions)
    entries = stacked_entries(decisions, episode.lives, episode.recipe.opening, settings)
    consecutive = decisions[:, None] + np.arange(1 - settings.frame_stack, 1)
    whole = ((entries == consecutive) & (entries >= 0)).all(axis=1)
    life_lost = np.diff(episode.lives, prepend=episode.lives[0])[: episode.decisions] < 0
    possible: np.ndarray = whole & ~life_lost & (decisions >= episode.recipe.opening)
    return possible


@dataclass(frozen=True, eq=False)
class Beginning:
    """Where rallies start, of as many players as one likes."""

    emulator: Emulator
    saved: Saved
    observer: Observer
    observation: np.ndarray
    ram: np.ndarray
    lives: int


class Rally:
    """One life played on; it ends when that life does.

    Args:
        beginning: where from.
        actions: names of the player's actions.
        skip: frames per decision.
        epsilon: share of random actions.
        seed: of these; rallies of one seed and equal length explore alike.
    """

    def __init__(
        self, beginning: Beginning, actions: Sequence[str], skip: int, *, epsilon: float = 0.0, seed: Any = 0
    ) -> None:
        self.observation, self.over = beginning.observation, False
        self.points = 0.0
        """Sum of the unclipped rewards so far."""
        self._emulator, self._saved, self._lives = beginning.emulator, beginning.saved, beginning.lives
        self._observer = deepcopy(beginning.observer)
        self._ram = [beginning.ram[None]]
        self._buttons = buttons(actions, beginning.emulator)
        self._skip, self._epsilon, self._random = skip, epsilon, np.random.default_rng(seed)

    @property
    def ram(self) -> np.ndarray:
        """RAM of all frames so far, the edited one first: uint8 (F, 128)."""
        ram: np.ndarray = np.concatenate(self._ram)
        return ram

    @property
    def decisions(self) -> int:
        """How many so far."""
        return len(self._ram) - 1

    @property
    def latest(self) -> np.ndarray:
        """RAM of the latest frame, uint8 (128,)."""
        latest: np.ndarray = self._ram[-1][-1]
        return latest

    def press(self, chosen: int) -> Frames:
        """Go on by one decision, in which an action, or by chance another one, is pressed."""
        other, action = self._random.random() < self._epsilon, int(self._random.integers(len(self._buttons)))
        self._emulator.restore(self._saved)
        frames = self._emulator.step(self._buttons[action if other else chosen], self._skip)
        self._saved = self._emulator.save()
        self._ram.append(frames.ram)
        self.points += frames.reward
        self.over = frames.over or frames.lives < self._lives
        self.observation = self._observer.see(frames.screens, self._emulator.grey, self._emulator.palette)
        return frames


def play_on(rallies: Sequence[Rally], player: Player, decisions: int) -> None:
    """Let a player go on with all rallies side by side, each for so many decisions at most."""
    for _ in range(decisions):
        going = [rally for rally in rallies if not rally.over]
        if not going:
            return
        chosen = player(np.stack([rally.observation for rally in going]), np.stack([rally.latest for rally in going]))
        for rally, action in zip(going, chosen, strict=True):
            rally.press(int(action))


def greedy_player(agent: Agent) -> Player:
    """The player that presses argmax of an agent's outputs."""

    def player(observations: np.ndarray, ram: np.ndarray) -> np.ndarray:
        best: np.ndarray = agent.q_values(observations).argmax(axis=1)
        return best

    return player
