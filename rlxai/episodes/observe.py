"""From emulator screens to observations, the same code while an agent plays and when its episode is looked at again."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from rlxai.episodes.frames import FrameArray
from rlxai.preprocessing import Pooling, Preprocessing, Refill

_INTERPOLATION = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR}
_REC709 = np.array([0.2125, 0.7154, 0.0721])
"""Of red, green and blue, as in skimage's rgb2gray."""


def make_plane(pair: np.ndarray, grey: np.ndarray, palette: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """One plane of an observation: pixel-wise maximum of two frames as grey, resized (Mnih et al. 2015, Methods).

    Args:
        pair: uint8 (2, H, W) palette indices of the two frames to pool, see `pooled_frames`.
        grey: uint8 (256,) grey level by palette index, the emulator's own.
        palette: uint8 (256, 3) RGB by palette index.
        preprocessing: gives colour weights, size, interpolation and rounding.

    Returns:
        uint8 (size, size).
    """
    levels = _levels(grey, palette, preprocessing)
    pooled = np.maximum(cv2.LUT(pair[0], levels), cv2.LUT(pair[1], levels))
    if preprocessing.pool_on == "rgb":
        moved = pair[0] != pair[1]  # elsewhere the maximum of a colour with itself is the colour
        if moved.any():
            pooled[moved] = _weighted(np.maximum(palette[pair[0][moved]], palette[pair[1][moved]]), preprocessing)
    size = preprocessing.size
    plane: np.ndarray = cv2.resize(pooled, (size, size), interpolation=_INTERPOLATION[preprocessing.resize])
    return plane if plane.dtype == np.uint8 else (plane * 255).astype(np.uint8)


def pooled_frames(frames: FrameArray, start: int, stop: int, pooling: Pooling) -> np.ndarray:
    """The two frames that the plane of each entry is the maximum of.

    Args:
        frames: (T + 1, skip, ...), screens or RAM of an episode.
        start: first entry.
        stop: entry to stop before.
        pooling: which frames.

    Returns:
        (stop - start, 2, ...), the later frame last; the frame before the game is that of its start.
    """
    if pooling == "two-frames":
        return frames[start:stop, -2:]
    last = frames[max(start - 1, 0) : stop, -1]
    newest = last[len(last) - (stop - start) :]
    if pooling == "last-frame":
        return np.stack([newest, newest], axis=1)
    return np.stack([last[: len(newest)] if start else np.concatenate([last[:1], last[:-1]]), newest], axis=1)


class Observer:
    """Builds observations while a game runs.

    Args:
        preprocessing: of the agent that plays.
    """

    def __init__(self, preprocessing: Preprocessing) -> None:
        self._preprocessing = preprocessing
        self._planes: deque[np.ndarray] = deque(maxlen=preprocessing.frame_stack)
        self._last: np.ndarray | None = None

    def see(self, screens: np.ndarray, grey: np.ndarray, palette: np.ndarray, refill: Refill = "keep") -> np.ndarray:
        """The observation after one more decision.

        Args:
            screens: uint8 (skip, H, W) palette indices of its frames.
            grey: uint8 (256,) grey level by palette index.
            palette: uint8 (256, 3) RGB by palette index.
            refill: what becomes of the older planes; before the first plane "keep" means zeros.

        Returns:
            uint8 (C, size, size).
        """
        plane = make_plane(self._pair(screens), grey, palette, self._preprocessing)
        if refill != "keep" or not self._planes:
            self._planes.extend([plane if refill == "repeat" else np.zeros_like(plane)] * (self._planes.maxlen or 0))
        self._planes.append(plane)
        planes = self._planes if self._preprocessing.stack_order == "oldest-first" else reversed(self._planes)
        return np.stack(list(planes))

    def _pair(self, screens: np.ndarray) -> np.ndarray:
        known = screens[-1:] if self._last is None else np.stack([self._last, screens[-1]])
        self._last = screens[-1]
        if self._preprocessing.pooling == "two-decisions":
            return np.asarray(pooled_frames(known[:, None], len(known) - 1, len(known), "two-decisions")[0])
        return np.asarray(pooled_frames(screens[None], 0, 1, self._preprocessing.pooling)[0])


def stacked_entries(decisions: np.ndarray, lives: np.ndarray, opening: int, preprocessing: Preprocessing) -> np.ndarray:
    """Which entry each plane of an observation shows.

    Args:
        decisions: int64 (N,).
        lives: int64 (T + 1,) by entry.
        opening: number of decisions made for the agent at the start of the game.
        preprocessing: gives the stack's length, and what a new game or a lost life makes of it.

    Returns:
        int64 (N, C), oldest plane first; -1 where the plane is zero.
    """
    starts, repeated = [], []
    lost = np.flatnonzero(np.diff(lives) < 0) + 1
    for entry in sorted({0, opening, *lost.tolist()}):
        if (refill := preprocessing.refill(entry, opening, bool(entry in lost))) != "keep":
            starts.append(entry)
            repeated.append(refill == "repeat")
    since = np.searchsorted(starts, decisions, side="right") - 1  # which start the stack goes back to
    first, repeats = np.array(starts)[since, None], np.array(repeated)[since, None]
    entries = decisions[:, None] + np.arange(1 - preprocessing.frame_stack, 1)
    return np.where(entries >= first, entries, np.where(repeats, first, -1))


def _levels(grey: np.ndarray, palette: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """Grey level by palette index: uint8 in 0..255, or float64 in [0, 1] where fractions are kept to the end."""
    if preprocessing.grey == "rec709":
        return _weighted(palette, preprocessing)
    return grey if preprocessing.rounding == "round" else grey / 255


def _weighted(colours: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """Grey levels (K,) of colours uint8 (K, 3)."""
    if preprocessing.grey == "rec709":
        levels: np.ndarray = (colours / 255) @ _REC709
        return levels if preprocessing.rounding == "truncate" else np.rint(levels * 255).astype(np.uint8)
    levels = cv2.cvtColor(colours[None], cv2.COLOR_RGB2GRAY)[0]
    return levels if preprocessing.rounding == "round" else levels / 255
