from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from rlxai.games import Emulator, follow_ball


@dataclass(frozen=True)
class Play:
    """Scripted play that opens tunnels: consecutive decisions, four frames each."""

    screens: np.ndarray  # uint8 (T, 4, 210, 160) grey
    ram: np.ndarray  # uint8 (T, 4, 128)


@pytest.fixture(scope="session")
def deep_play() -> Play:
    emulator = Emulator("breakout")
    frames = emulator.reset(13, fire=True)
    screens, ram = [], []
    for decision in range(1200):
        frames = emulator.step(emulator.actions.index(follow_ball(frames.ram[-1])), skip=4)
        assert not frames.over
        if decision >= 700:  # the wall is still nearly closed before
            screens.append(emulator.grey[frames.screens])
            ram.append(frames.ram)
    return Play(np.stack(screens), np.stack(ram))
