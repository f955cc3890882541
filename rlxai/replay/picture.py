"""Pictures to paint on: RGB for the eye, and planes of luma and chroma for an encoder.

Video encoders want Y, U, V with chroma at half size (4:2:0). Painting these planes directly, from tables converted
once, saves the conversion of every full-size picture and half its bytes; and at an even zoom the chroma of a game
pixel is exact, since it never shares a chroma sample with its neighbour.
"""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

_TO_YUV = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
_OFFSET = np.array([16.0, 128.0, 128.0])


class Picture(Protocol):
    """What a clip paints on."""

    def table(self, blend: np.ndarray) -> list[np.ndarray]:
        """A table of RGB colours (levels, greys, 3) in the form that `game` looks up."""

    def game(self, top: int, left: int, index: np.ndarray, table: list[np.ndarray], zoom: int) -> None:
        """Paint a screen of table entries, uint16 (H, W), enlarged by nearest neighbour."""

    def put(self, top: int, left: int, rgb: np.ndarray) -> None:
        """Copy a picture, uint8 RGB (h, w, 3), into place."""

    def copy(self) -> Picture:
        """The same picture, to be painted on by itself."""

    @property
    def data(self) -> np.ndarray:
        """The pixels; see the class for their layout."""


class Rgb:
    """uint8 RGB (height, width, 3), filled with one colour at first."""

    def __init__(self, height: int, width: int, colour: tuple[int, int, int]) -> None:
        self.data = np.full((height, width, 3), colour, np.uint8)

    def table(self, blend: np.ndarray) -> list[np.ndarray]:
        """The table itself, flat: (levels · greys, 3)."""
        return [blend.reshape(-1, 3)]

    def game(self, top: int, left: int, index: np.ndarray, table: list[np.ndarray], zoom: int) -> None:
        """Paint a screen of table entries, uint16 (H, W)."""
        _enlarge(np.take(table[0], index, axis=0), zoom, self.data, top, left)

    def put(self, top: int, left: int, rgb: np.ndarray) -> None:
        """Copy a picture into place."""
        self.data[top : top + rgb.shape[0], left : left + rgb.shape[1]] = rgb

    def copy(self) -> Rgb:
        """The same picture, to be painted on by itself."""
        twin = object.__new__(Rgb)
        twin.data = self.data.copy()
        return twin


class Planes:
    """I420: uint8 (3 height / 2, width), Y above U above V; limited range, ITU-R BT.601. Places must be even."""

    def __init__(self, height: int, width: int, colour: tuple[int, int, int]) -> None:
        self._view(np.empty((3 * height // 2, width), np.uint8), height)
        for plane, value in zip(self._planes, to_yuv(np.array(colour)), strict=True):
            plane[:] = value

    def table(self, blend: np.ndarray) -> list[np.ndarray]:
        """Three flat tables, of Y, U and V."""
        yuv = to_yuv(blend.reshape(-1, 3))
        return [np.ascontiguousarray(yuv[:, i]) for i in range(3)]

    def game(self, top: int, left: int, index: np.ndarray, table: list[np.ndarray], zoom: int) -> None:
        """Paint a screen of table entries, uint16 (H, W)."""
        luma, *chroma = self._planes
        _enlarge(np.take(table[0], index), zoom, luma, top, left)
        for plane, values in zip(chroma, table[1:], strict=True):
            if zoom % 2 == 0:
                _enlarge(np.take(values, index), zoom // 2, plane, top // 2, left // 2)
            else:
                _enlarge(_halve(np.take(values, index), zoom), 1, plane, top // 2, left // 2)

    def put(self, top: int, left: int, rgb: np.ndarray) -> None:
        """Copy a picture into place."""
        height, width = rgb.shape[:2]
        parts = planes_of(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), height)
        for plane, part, scale in zip(self._planes, parts, (1, 2, 2), strict=True):
            y, x = top // scale, left // scale
            plane[y : y + height // scale, x : x + width // scale] = part

    def copy(self) -> Planes:
        """The same picture, to be painted on by itself."""
        twin = object.__new__(Planes)
        twin._view(self.data.copy(), len(self._planes[0]))
        return twin

    def _view(self, data: np.ndarray, height: int) -> None:
        self.data = data
        self._planes = planes_of(data, height)


def planes_of(data: np.ndarray, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Views of Y (H, W), U and V (H / 2, W / 2) in I420 data (3 H / 2, W)."""
    width = data.shape[1]
    flat, size = data.reshape(-1), height * width
    luma, half = flat[:size].reshape(height, width), (height // 2, width // 2)
    u, v = flat[size : size + size // 4], flat[size + size // 4 :]
    return luma, u.reshape(half), v.reshape(half)


def size_of(frame: np.ndarray) -> tuple[int, int]:
    """(height, width) of a picture in either form."""
    height, width = frame.shape[:2]
    return (height, width) if frame.ndim == 3 else (2 * height // 3, width)


def to_yuv(rgb: np.ndarray) -> np.ndarray:
    """ITU-R BT.601, limited range: uint8 RGB (..., 3) -> uint8 Y, U, V (..., 3); Y is 16 to 235, U and V 16 to 240."""
    return np.asarray(np.rint(rgb @ _TO_YUV.T + _OFFSET), np.uint8)


def _enlarge(small: np.ndarray, zoom: int, into: np.ndarray, top: int, left: int) -> None:
    """Nearest neighbour, (h, w, ...) -> (zoom h, zoom w, ...), straight into place."""
    height, width = small.shape[:2]
    place = into[top : top + height * zoom, left : left + width * zoom]
    rows = np.repeat(small, zoom, axis=1)
    for k in range(zoom):
        place[k::zoom] = rows


def _halve(small: np.ndarray, zoom: int) -> np.ndarray:
    """Enlarged by an odd zoom and then halved by averaging, as chroma is."""
    height, width = small.shape
    large = cv2.resize(small, (width * zoom, height * zoom), interpolation=cv2.INTER_NEAREST)
    return cv2.resize(large, (width * zoom // 2, height * zoom // 2), interpolation=cv2.INTER_AREA)
