"""The loop in which a player meets the emulator: start, forced actions, exploration and end of one game."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rlxai.episodes.episode import End
from rlxai.episodes.observe import Observer
from rlxai.episodes.recipe import MAX_DECISIONS
from rlxai.errors import InvalidValue
from rlxai.games import Emulator, Frames, game_objects
from rlxai.games.ale import MAX_SEED
from rlxai.preprocessing import Preprocessing

STALLED_AFTER = 200
"""Decisions without anything in play after which a player is taken to wait for ever."""

Decide = Callable[[np.ndarray, np.ndarray], tuple[int, np.ndarray]]
"""(observation, RAM of the latest frame) -> (index of the action, network outputs)."""


@dataclass(frozen=True)
class Turn:
    """One decision: the player's best action, what was pressed instead, and the frames it led to."""

    chosen: int
    taken: int
    button: int
    """Index into the emulator's actions."""
    outputs: np.ndarray
    frames: Frames


class Rollout:
    """One game about to be played.

    Args:
        game: ALE name.
        preprocessing: how the player sees the game, and how its games start.
        actions: names of the player's actions; None: the game's minimal action set.
        decide: the player.
        seed: of no-ops, opening, exploration and emulator.
        max_decisions: the game ends there at the latest.
        epsilon: share of random actions.

    Raises:
        InvalidValue: the game is unknown, lacks an action, or a number is outside its domain.
    """

    def __init__(
        self,
        game: str,
        preprocessing: Preprocessing,
        actions: Sequence[str] | None,
        decide: Decide,
        seed: int,
        max_decisions: int,
        epsilon: float,
    ) -> None:
        _require("max_decisions", max_decisions, 1 <= max_decisions <= MAX_DECISIONS, f"1 to {MAX_DECISIONS:,}")
        _require("epsilon", epsilon, 0.0 <= epsilon <= 1.0, "0 to 1")
        whole = isinstance(seed, int | np.integer)
        _require("seed", seed, whole and 0 <= seed <= MAX_SEED, f"a whole number from 0 to {MAX_SEED}")
        self.game, self.preprocessing = game, preprocessing
        self.seed, self.max_decisions, self.epsilon = int(seed), max_decisions, epsilon
        self.emulator = Emulator(game, sticky=preprocessing.sticky, seed=self.seed)
        self.actions = tuple(self.emulator.actions if actions is None else actions)
        self.end: End = "cap"
        """Why the game ended, once it has."""
        self._decide = decide
        self._buttons = buttons(self.actions, self.emulator)
        self._random = np.random.default_rng(self.seed)
        self.noops = int(self._random.integers(0, max(1, preprocessing.noop_max - 1)))
        self.opening = int(self._random.integers(1, preprocessing.opening_max + 1)) if preprocessing.opening_max else 0
        """How many of the first decisions are made for the player."""
        self._opening_button = buttons([preprocessing.opening_action], self.emulator)[0] if self.opening else 0
        self.start = self.emulator.reset(self.noops, preprocessing.fire_on_reset).repeated(preprocessing.frame_skip)

    def turns(self) -> Iterator[Turn]:
        """Play, decision by decision, until the game is over, stalled or at the cap."""
        observer = Observer(self.preprocessing)
        frames, life_lost, idle = self.start, False, 0
        objects = game_objects(self.game)
        for decision in range(self.max_decisions):
            refill = self.preprocessing.refill(decision, self.opening, life_lost)
            observation = observer.see(frames.screens, self.emulator.grey, self.emulator.palette, refill)
            chosen, outputs = self._decide(observation, frames.ram[-1])
            count = len(self.actions)
            _require("action of the policy", chosen, 0 <= chosen < count, f"0 to {count - 1}")
            taken, button = self._press(chosen, decision, life_lost)
            lives = frames.lives
            frames = self.emulator.step(button, self.preprocessing.frame_skip)
            life_lost = frames.lives < lives
            yield Turn(chosen, taken, button, outputs, frames)
            idle = idle + 1 if objects is not None and not objects.in_play(frames.ram[-1]) else 0
            if frames.over or idle == STALLED_AFTER:
                self.end = "game over" if frames.over else "stalled"
                return

    def _press(self, chosen: int, decision: int, life_lost: bool) -> tuple[int, int]:
        """What is pressed: the index of the player's action, and of the emulator's button."""
        explores = self.epsilon and self._random.random() < self.epsilon
        taken = int(self._random.integers(len(self.actions))) if explores else chosen
        forced = self._forced(decision, life_lost)
        if forced is None:
            return taken, self._buttons[taken]
        return self._buttons.index(forced) if forced in self._buttons else chosen, forced

    def _forced(self, decision: int, life_lost: bool) -> int | None:
        if decision < self.opening:
            return self._opening_button
        if life_lost and self.preprocessing.fire_on_life_loss and "FIRE" in self.emulator.actions:
            return self.emulator.actions.index("FIRE")
        return None


def buttons(names: Sequence[str], emulator: Emulator) -> list[int]:
    """Indices into the emulator's actions of actions by name.

    Raises:
        InvalidValue: the game lacks one.
    """
    known = {name: index for index, name in enumerate(emulator.actions)}
    # Files that do not name their outputs are loaded with these names, in the order of the game's minimal set.
    known |= {f"action {index}": index for index in range(len(emulator.actions))}
    for name in names:
        if name not in known:
            raise InvalidValue(f"{emulator.game} has no action {name!r}; its actions are {', '.join(emulator.actions)}")
    return [known[name] for name in names]


def _require(name: str, value: object, ok: bool, allowed: str) -> None:
    if not ok:
        raise InvalidValue(f"{name} must be {allowed}, met {value!r}")
