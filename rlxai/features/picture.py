"""Stacks of frames as one picture, and many small pictures as one."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_OLDEST, _NEWEST = np.array([0.05, 0.25, 0.75]), np.array([0.75, 0.30, 0.0])
_GAMMA = 0.6


def in_colours(planes: np.ndarray) -> np.ndarray:
    """Stacked frames in one picture: what stands still is grey, what moves leaves a trail from blue (old) to orange.

    A weighted sum of the planes with one colour each; the colours add up to white.

    Args:
        planes: float (..., C, H, W) in [0, 1], the newest last.

    Returns:
        uint8 (..., H, W, 3).
    """
    count = planes.shape[-3]
    mixed = np.moveaxis(planes, -3, -1).astype(np.float64) @ colours(count)
    shown: np.ndarray = np.round(255 * np.clip(mixed, 0, 1) ** _GAMMA).astype(np.uint8)
    return shown


def colours(count: int) -> np.ndarray:
    """One colour for each of C stacked frames, float (C, 3), adding up to white."""
    if count == 1:
        return np.ones((1, 3))
    along = np.linspace(0, 1, count)[:, None]
    mixed = (1 - along) * _OLDEST + along * _NEWEST
    mixed[:, 1] = mixed[:, 1] + 0.3 * np.sin(np.pi * along[:, 0])  # the middle ones are green
    found: np.ndarray = mixed / mixed.sum(0)
    return found


def in_signs(values: np.ndarray, limit: float | None = None) -> np.ndarray:
    """Signed values in blue (negative), white (zero) and orange (positive).

    Args:
        values: float (..., H, W).
        limit: the magnitude of full colour; None: the largest there is.

    Returns:
        uint8 (..., H, W, 3).
    """
    scale = float(np.abs(values).max()) if limit is None else limit
    shares = np.clip(values / (scale or 1.0), -1, 1)[..., None]
    white = np.array([247.0, 247.0, 247.0])
    ends = np.where(shares > 0, np.array([179.0, 88.0, 6.0]), np.array([33.0, 102.0, 172.0]))
    shown: np.ndarray = np.round(white + np.abs(shares) * (ends - white)).astype(np.uint8)
    return shown


def enlarge(picture: np.ndarray, height: int) -> np.ndarray:
    """A picture uint8 (H, W, 3) at another height: in whole blocks where it is smaller, as an average where larger."""
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    how = cv2.INTER_NEAREST if height >= picture.shape[0] else cv2.INTER_AREA
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=how))


def mosaic(
    rows: Sequence[Sequence[np.ndarray | None]], side: int, gap: int = 3, breaks: Sequence[int] = ()
) -> np.ndarray:
    """Pictures in rows and columns, each made to fit a square.

    Args:
        rows: of uint8 (h, w, 3) or None where nothing stands.
        side: of the squares in pixels.
        gap: between them.
        breaks: columns before which the gap is wider, see `offsets`.

    Returns:
        uint8 (h, w, 3), white in between.
    """
    lefts = offsets(max(map(len, rows)), side, gap, breaks)
    canvas = np.full((len(rows) * (side + gap) - gap, lefts[-1] + side, 3), 255, np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            if picture is not None:
                shown = enlarge(picture, max(1, round(side * picture.shape[0] / max(picture.shape[:2]))))[:side, :side]
                top, left = row * (side + gap), lefts[column]
                canvas[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    return canvas


def offsets(columns: int, side: int, gap: int, breaks: Sequence[int] = ()) -> list[int]:
    """Where each column of a mosaic begins; before those in `breaks` the gap is wider by a third of a picture."""
    return [column * (side + gap) + sum(column >= at for at in breaks) * (side // 3) for column in range(columns)]
