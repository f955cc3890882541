"""The emulators' memory during training, which ALE's vectorised emulator does not show."""

from __future__ import annotations

import numpy as np

from rlxai.games import Emulator
from rlxai.preprocessing import Preprocessing


class RamMirror:
    """Plays the games of an `ALEVecEnv` a second time, on emulators that show their RAM.

    A game is a function of its seed and actions, so both see the same; the second time costs about as much again.

    Args:
        game: ALE name.
        n_envs: number of games.
        preprocessing: those of the first.
    """

    def __init__(self, game: str, n_envs: int, preprocessing: Preprocessing) -> None:
        self._preprocessing = preprocessing
        self._emulators = [Emulator(game, sticky=preprocessing.sticky) for _ in range(n_envs)]
        self.ram = np.zeros((n_envs, 2, 128), np.uint8)
        """RAM of the two frames that the newest plane of each game was made of."""

    def start(self, index: int, seed: int, frames: int) -> None:
        """Start a game as the first emulator did: with this seed, and after so many frames of FIRE and NOOP."""
        sticky = self._preprocessing.sticky
        if sticky:  # the emulator's own random numbers begin again only with a new one
            self._emulators[index] = Emulator(self._emulators[index].game, sticky=sticky, seed=seed)
        emulator = self._emulators[index]
        fire = self._preprocessing.fire_on_reset and "FIRE" in emulator.actions
        self.ram[index] = emulator.reset(frames - int(fire), fire).ram

    def step(self, buttons: np.ndarray) -> None:
        """Press an action in every game, int (n_envs,)."""
        skip = self._preprocessing.frame_skip
        for index, (emulator, button) in enumerate(zip(self._emulators, buttons.tolist(), strict=True)):
            self.ram[index] = emulator.step(button, skip).ram[-2:]
