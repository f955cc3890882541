"""From emulator screens to observations, the same code while an agent plays and when its episode is looked at again."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from rlxai.preprocessing import Preprocessing

_INTERPOLATION = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR}


def make_plane(screens: np.ndarray, grey: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """One plane of an observation: pixel-wise maximum of two grey frames, resized (Mnih et al. 2015, Methods).

    Args:
        screens: uint8 (2, H, W) palette indices of the last two emulator frames of a decision.
        grey: uint8 (256,) grey level by palette index.
        preprocessing: gives size and interpolation.

    Returns:
        uint8 (size, size).
    """
    pooled = np.maximum(cv2.LUT(screens[0], grey), cv2.LUT(screens[1], grey))
    size = preprocessing.size
    plane: np.ndarray = cv2.resize(pooled, (size, size), interpolation=_INTERPOLATION[preprocessing.resize])
    return plane


class Observer:
    """Builds observations while a game runs; planes before its start are zero.

    Args:
        preprocessing: of the agent that plays.
    """

    def __init__(self, preprocessing: Preprocessing) -> None:
        self._preprocessing = preprocessing
        empty = np.zeros((preprocessing.size, preprocessing.size), np.uint8)
        self._planes = deque([empty] * preprocessing.frame_stack, maxlen=preprocessing.frame_stack)

    def see(self, screens: np.ndarray, grey: np.ndarray) -> np.ndarray:
        """The observation after one more decision.

        Args:
            screens: uint8 (skip, H, W) palette indices of its frames.
            grey: uint8 (256,) grey level by palette index.

        Returns:
            uint8 (C, size, size).
        """
        self._planes.append(make_plane(screens[-2:], grey, self._preprocessing))
        planes = self._planes if self._preprocessing.stack_order == "oldest-first" else reversed(self._planes)
        return np.stack(list(planes))
