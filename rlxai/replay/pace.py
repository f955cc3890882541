"""Which emulator frames a video shows, and how fast."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rlxai.errors import InvalidValue

FRAME_RATE = 60
"""Emulator frames per second of an Atari 2600 (NTSC)."""


@dataclass(frozen=True)
class Pace:
    """One picture for every `stride` emulator frames, `fps` pictures per second."""

    stride: int
    skip: int
    """Emulator frames per decision."""
    fps: float

    @property
    def decisions(self) -> int:
        """Decisions from one picture to the next, at least 1."""
        return max(1, self.stride // self.skip)

    @property
    def per_decision(self) -> int:
        """Pictures of one decision, at least 1."""
        return max(1, self.skip // self.stride)

    def total(self, decisions: int) -> int:
        """Pictures of that many decisions."""
        return -(-decisions // self.decisions) * self.per_decision


def pace(skip: int, speed: float = 1.0, fps: float = FRAME_RATE) -> Pace:
    """The most pictures per second that stay within `fps`, at some speed.

    Between pictures lies a divisor or a multiple of `skip`, so that every decision is shown equally long.

    Args:
        skip: emulator frames per decision.
        speed: 1 is the game's own speed, 60 emulator frames a second.
        fps: most pictures per second.

    Raises:
        InvalidValue: a number is outside its range.
    """
    if not (math.isfinite(speed) and 0.01 <= speed <= 64):
        raise InvalidValue(f"speed must be 0.01 to 64, where 1 is the game's own, met {speed:g}")
    if not (math.isfinite(fps) and 1 <= fps <= 240):
        raise InvalidValue(f"fps must be 1 to 240, met {fps:g}")
    least = FRAME_RATE * speed / fps - 1e-9
    within = [stride for stride in range(1, skip) if skip % stride == 0 and stride >= least]
    stride = within[0] if within else skip * math.ceil(max(least, 1) / skip)
    return Pace(stride, skip, FRAME_RATE * speed / stride)
