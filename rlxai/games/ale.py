"""The emulator, stepped decision by decision, bit-exact with `ale_py.AtariVectorEnv`.

AtariVectorEnv gives observations only: neither RAM nor the four screens of a decision. This class gives both and keeps
its frame semantics, so that what is recorded is what an agent trained there would have seen.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import ale_py
import cv2
import numpy as np
from ale_py import ALEInterface, ALEState, LoggerMode, roms

from rlxai.errors import InvalidValue

MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Frames:
    """The emulator frames of one decision, oldest first; of a reset, the one screen after it."""

    screens: np.ndarray
    """uint8 (F, H, W) palette indices; H x W is 210 x 160 in nearly every game."""
    ram: np.ndarray
    """uint8 (F, 128), read together with each screen."""
    reward: float
    """Sum over the frames, unclipped."""
    lives: int
    over: bool

    def repeated(self, count: int) -> Frames:
        """The frames of a reset as those of a decision: its one screen, `count` times."""
        return replace(self, screens=np.repeat(self.screens, count, axis=0), ram=np.repeat(self.ram, count, axis=0))


def ale_version() -> str:
    """Version of the installed emulator."""
    return str(ale_py.__version__)


@cache
def available_games() -> tuple[str, ...]:
    """Names of the games that the installed emulator can play."""
    # Loading a ROM that is not supported ends the whole process, so it must never be tried.
    return tuple(sorted(game for game in roms.get_all_rom_ids() if ALEInterface.isSupportedROM(_rom(game))))


def _rom(game: str) -> Path:
    path = roms.get_rom_path(game)
    assert path is not None  # it is None only for names that ALE does not list
    return path


@dataclass(frozen=True, eq=False)
class Saved:
    """An emulator's state, to be gone back to by the emulator that it is of."""

    state: ALEState
    pooled: tuple[np.ndarray, np.ndarray]
    """The last two screens, and the RAM of both."""


class Emulator:
    """One game of the Arcade Learning Environment (Bellemare et al. 2013), deterministic in its seed and actions.

    Args:
        game: ALE name in snake case, such as "breakout".
        sticky: probability that a frame repeats the previous action (Machado et al. 2018).
        seed: of the emulator's own generator; without sticky actions it has no effect in most games.

    Raises:
        InvalidValue: the game is unknown, or sticky or seed is outside its domain.

    >>> emulator = Emulator("breakout")
    >>> emulator.actions
    ('NOOP', 'FIRE', 'RIGHT', 'LEFT')
    >>> start = emulator.reset(noops=3, fire=True)
    >>> emulator.step(emulator.actions.index("RIGHT"), skip=4).screens.shape
    (4, 210, 160)
    """

    def __init__(self, game: str, *, sticky: float = 0.0, seed: int = 0) -> None:
        if game not in available_games():
            raise InvalidValue(_unknown(game))
        if not 0.0 <= sticky < 1.0:
            raise InvalidValue(f"sticky must be from 0 to below 1, met {sticky!r}")
        if not 0 <= seed <= MAX_SEED:
            raise InvalidValue(f"seed must be 0 to {MAX_SEED}, met {seed!r}")
        rom = _rom(game)
        self.game = game
        self.rom_md5 = hashlib.md5(rom.read_bytes(), usedforsecurity=False).hexdigest()
        ALEInterface.setLoggerMode(LoggerMode.Error)
        self._ale = ALEInterface()
        self._ale.setInt("random_seed", seed)
        self._ale.setFloat("repeat_action_probability", sticky)
        self._ale.loadROM(rom)
        self._actions = self._ale.getMinimalActionSet()
        self.actions: tuple[str, ...] = tuple(action.name for action in self._actions)
        self.palette: np.ndarray = np.zeros((256, 3), np.uint8)
        """uint8 (256, 3): RGB by palette index, for every index met in a returned screen so far."""
        self.grey: np.ndarray = np.zeros(256, np.uint8)
        """uint8 (256,): grey level by palette index, likewise.

        It is ALE's own: in most games cv2's RGB2GRAY of the colour, in a few PAL games it is not."""
        self._unseen = np.ones(256, np.uint8)
        self._pooled = np.empty((2, *self._ale.getScreen().shape), np.uint8), np.empty((2, 128), np.uint8)

    @property
    def screen_shape(self) -> tuple[int, int]:
        """(H, W) of a screen."""
        height, width = self._ale.getScreen().shape
        return height, width

    def reset(self, noops: int, fire: bool) -> Frames:
        """Start a game: reset, FIRE for one frame where the game has it, then NOOP for `noops` frames.

        Raises:
            InvalidValue: `noops` is negative or absurdly large.
        """
        if not 0 <= noops <= 1000:
            raise InvalidValue(f"noops must be 0 to 1000, met {noops!r}")
        self._ale.reset_game()
        if fire and "FIRE" in self.actions:
            self._ale.act(self._actions[self.actions.index("FIRE")])
        for _ in range(noops):
            self._ale.act(self._actions[0])
            if self._ale.game_over():
                self._ale.reset_game()
        screens, ram = self._screen()[None].copy(), self._ale.getRAM()[None].copy()
        self._pooled = np.repeat(screens, 2, axis=0), np.repeat(ram, 2, axis=0)
        return Frames(screens, ram, 0.0, self._ale.lives(), False)

    def step(self, action: int, skip: int) -> Frames:
        """Press one of `actions` for `skip` frames: one decision.

        AtariVectorEnv leaves its frame loop when the game ends, before it captures that frame. What it pools then are
        the frames captured earlier, and the last two frames returned here are exactly those.

        Raises:
            InvalidValue: the action is no index into `actions`, or `skip` is below 2.
        """
        if not 0 <= action < len(self.actions):
            raise InvalidValue(
                f"action must be 0 to {len(self.actions) - 1} ({', '.join(self.actions)}), met {action!r}"
            )
        if skip < 2:
            raise InvalidValue(f"a decision takes 2 emulator frames or more, met {skip!r}")
        screens = np.empty((skip, *self.screen_shape), np.uint8)
        ram = np.empty((skip, 128), np.uint8)
        reward = 0
        for frame in range(skip):
            reward += self._ale.act(self._actions[action])
            if self._ale.game_over():
                self._fill_after_end(screens, ram, frame)
                break
            screens[frame] = self._screen()
            ram[frame] = self._ale.getRAM()
        self._pooled = screens[-2:], ram[-2:]
        return Frames(screens, ram, float(reward), self._ale.lives(), self._ale.game_over())

    def save(self) -> Saved:
        """The state as it is now, with that of the generator behind sticky actions."""
        return Saved(self._ale.cloneState(include_rng=True), self._pooled)

    def restore(self, saved: Saved) -> None:
        """Go back to a state; what is played from there on is what would have been played."""
        self._ale.restoreState(saved.state)
        self._pooled = saved.pooled

    def write_ram(self, ram: np.ndarray) -> None:
        """Change the RAM to uint8 (128,); the screen shows it from the next frame on."""
        for byte in np.flatnonzero(self._ale.getRAM() != ram):
            self._ale.setRAM(int(byte), int(ram[byte]))

    def _fill_after_end(self, screens: np.ndarray, ram: np.ndarray, end: int) -> None:
        old_screens, old_ram = self._pooled
        # AtariVectorEnv pools in place: its buffer of the last frame holds the maximum of the previous decision's two.
        first, second = old_screens
        brighter = np.where(self.grey[first] > self.grey[second], first, second)
        skip = len(screens)
        screens[end:], ram[end:] = brighter, old_ram[1]
        if end < skip - 1:
            screens[-2], ram[-2] = old_screens[0], old_ram[0]

    def _screen(self) -> np.ndarray:
        screen: np.ndarray = self._ale.getScreen()
        if cv2.LUT(screen, self._unseen).any():
            indices, first = np.unique(screen, return_index=True)
            self.palette[indices] = self._ale.getScreenRGB().reshape(-1, 3)[first]
            self.grey[indices] = self._ale.getScreenGrayscale().reshape(-1)[first]
            self._unseen[indices] = 0
        return screen


def _unknown(game: object) -> str:
    words = str(game).removeprefix("ALE/").split("-")[0]
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words).strip("_")
    close = difflib.get_close_matches(snake, available_games(), 3, 0.6)
    known = (
        f"close names: {', '.join(close)}" if close else "names are ALE's in snake case, such as breakout or ms_pacman"
    )
    return f"no Atari game is called {game!r}; {known}"
