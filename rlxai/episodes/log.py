"""What an episode is made of, collected while it is played."""

from __future__ import annotations

import numpy as np

from rlxai.episodes.episode import End, Episode
from rlxai.episodes.frames import FrameRecorder, entry_hash
from rlxai.episodes.recipe import Recipe
from rlxai.games import Emulator, Frames
from rlxai.preprocessing import Preprocessing


class EpisodeLog:
    """Grows with each decision into an `Episode`."""

    def __init__(self, emulator: Emulator, skip: int) -> None:
        self._emulator = emulator
        self._screens = FrameRecorder((skip, *emulator.screen_shape))
        self._ram = FrameRecorder((skip, 128))
        self._hashes: list[int] = []
        self._lives: list[int] = []
        self._rewards: list[float] = []
        self._chosen: list[int] = []
        self._taken: list[int] = []
        self._outputs: list[np.ndarray] = []
        self.buttons: list[int] = []

    def start(self, frames: Frames) -> None:
        """Entry 0: the screen after the reset, repeated for the frames of a decision."""
        self._hold(frames)

    def decision(self, frames: Frames, chosen: int, taken: int, button: int, outputs: np.ndarray) -> None:
        """What was pressed in a decision, and the frames it led to."""
        self._hold(frames)
        self._rewards.append(frames.reward)
        self._chosen.append(chosen)
        self._taken.append(taken)
        self._outputs.append(outputs)
        self.buttons.append(button)

    def episode(
        self, recipe: Recipe, preprocessing: Preprocessing, actions: tuple[str, ...], end: End, message: str
    ) -> Episode:
        """All of it."""
        return Episode(
            recipe=recipe,
            preprocessing=preprocessing,
            actions=actions,
            screens=self._screens.finish(),
            ram=self._ram.finish(),
            palette=self._emulator.palette,
            grey=self._emulator.grey,
            hashes=np.array(self._hashes, np.uint64),
            chosen=np.array(self._chosen, np.int64),
            taken=np.array(self._taken, np.int64),
            rewards=np.array(self._rewards, np.float32),
            lives=np.array(self._lives, np.int64),
            outputs=np.stack(self._outputs),
            end=end,
            message=message,
        )

    def _hold(self, frames: Frames) -> None:
        self._screens.append(frames.screens)
        self._ram.append(frames.ram)
        self._hashes.append(entry_hash(frames.screens, frames.ram))
        self._lives.append(frames.lives)
