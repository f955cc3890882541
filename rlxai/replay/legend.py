"""The legend under a panel: what is explained, by which method, on which scale, and the numbers of the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil, floor, log10
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rlxai.trust import words

HEIGHT = 40
"""Height of a legend, in game pixels (times the zoom)."""

Colour = tuple[int, int, int]
BACKGROUND: Colour = (17, 19, 24)
STRONG: Colour = (240, 242, 245)
PLAIN: Colour = (158, 164, 174)
WARNING: Colour = (255, 120, 90)


@dataclass(frozen=True)
class Reading:
    """The numbers of one decision."""

    decision: int
    pressed: str
    """Name of the action pressed in the episode."""
    scale: float
    """Relevance of full colour."""
    value: float | None = None
    """The explained scalar."""
    outputs: np.ndarray | None = None
    """Outputs of the panel's network, (A,)."""
    nonfinite: int = 0
    """Relevance values that are NaN or infinite, drawn as zero."""


class Legend:
    """Draws the legend of one panel; text that stays the same is rendered once.

    Args:
        width: in pixels.
        zoom: pixels per game pixel; all sizes follow it.
        title: first line, such as "step 1,250,000".
        explained: method and target, such as "lrp-epsilon-plus-flat · advantage".
        scale_note: how the scale was chosen.
        last: number of the episode's last decision.
        actions: names of the A actions.
        output_name: "Q" or "logit".
        colours: uint8 (255, 3), the colours as the picture shows them on black.
        signed: the colour bar runs from -scale, else from 0.
        badge: of the map, such as "trusted"; empty: none is written.
        decimals: digits after the point, for the explained value and for the outputs.
    """

    def __init__(
        self,
        *,
        width: int,
        zoom: int,
        title: str,
        explained: str,
        scale_note: str,
        last: int,
        actions: Sequence[str],
        output_name: str,
        colours: np.ndarray,
        signed: bool,
        badge: str = "",
        decimals: tuple[int, int] = (3, 3),
    ) -> None:
        self._zoom, self._last = zoom, last
        self._blank = np.full((HEIGHT * zoom, width, 3), BACKGROUND, np.uint8)
        self._title, self._explained, self._scale_note = _line(title), _line(explained), scale_note
        self._actions, self._output_name, self._signed = tuple(actions), output_name, signed
        self._badge = badge
        self._value_decimals, self._output_decimals = decimals
        bar = colours if signed else colours[len(colours) // 2 :]
        self._bar = bar[np.arange(70 * zoom) * len(bar) // (70 * zoom)]  # (70 zoom, 3)

    def draw(self, reading: Reading) -> np.ndarray:
        """The legend of one decision, uint8 RGB (40 zoom, width, 3)."""
        z = self._zoom
        sheet = self._blank.copy()
        left, right = 3 * z, sheet.shape[1] - 3 * z
        end = _put_right(sheet, f"{reading.decision:,} / {self._last:,}", right, 2 * z, 4 * z, STRONG)
        end = _put_right(sheet, "decision", end - z, 2 * z, 4 * z, PLAIN)
        _put(sheet, self._title, left, 2 * z, 4 * z, STRONG, end - 2 * z, bold=True)
        end = _put_right(sheet, reading.pressed, right, 9 * z, 4 * z, STRONG)
        end = _put_right(sheet, "pressed", end - z, 9 * z, 4 * z, PLAIN)
        value = "" if reading.value is None else f"= {number(reading.value, self._value_decimals, sign=True)}"
        room = end - 3 * z - _text(value, 4 * z, STRONG, False).shape[1]
        at = _put(sheet, self._explained, left, 9 * z, 4 * z, PLAIN, room)
        _put(sheet, value, at + z, 9 * z, 4 * z, STRONG, end - z)
        if reading.outputs is not None:
            self._draw_outputs(sheet, reading.outputs, left, right, 17 * z)
        self._draw_scale(sheet, reading, left, right, 26 * z)
        return sheet

    def _draw_outputs(self, sheet: np.ndarray, outputs: np.ndarray, left: int, right: int, top: int) -> None:
        """All outputs in fixed columns, the largest one bright; only that one where the columns do not fit."""
        z = self._zoom
        size, best = round(3.5 * z), int(np.argmax(outputs))
        left = _put(sheet, self._output_name, left, top, size, PLAIN, right) + 3 * z
        column = (right - left) // len(self._actions)
        texts = [number(float(value), self._output_decimals) for value in outputs]
        pairs = list(zip(self._actions, texts, strict=True))
        if max(_text(f"{name} {text}", size, STRONG, False).shape[1] for name, text in pairs) + 2 * z > column:
            note = f"{self._actions[best]} {texts[best]}, the largest of {len(pairs)}"
            _put(sheet, note, left, top, size, STRONG, right)
            return
        for i, (name, text) in enumerate(pairs):
            ink = STRONG if i == best else PLAIN
            at = _put(sheet, name, left + i * column, top, size, ink, right)
            _put(sheet, text, at + z, top, size, ink, right)

    def _draw_scale(self, sheet: np.ndarray, reading: Reading, left: int, right: int, top: int) -> None:
        """Colour bar with its ends and zero named, and beside it how the scale was chosen."""
        z = self._zoom
        length = len(self._bar)
        sheet[top : top + 3 * z, left : left + length] = self._bar
        size, under = round(3.25 * z), top + 4 * z
        end = f"{reading.scale:.3g}"
        marks = [(f"−{end}", 0.0), ("0", 0.5), (f"+{end}", 1.0)] if self._signed else [("0", 0.0), (f"+{end}", 1.0)]
        for text, at in marks:
            sheet[top + 3 * z : top + 4 * z, left + round(at * (length - 1))] = PLAIN
            width = _text(text, size, STRONG, False).shape[1]
            _put(sheet, text, left + round(at * (length - width)), under, size, STRONG, right)
        _put(sheet, self._scale_note, left + length + 4 * z, top - z, size, PLAIN, right)
        if self._badge:
            right = _put_right(sheet, words.signed(self._badge), right, under, size, STRONG)
            right = _put_right(sheet, "map", right - z, under, size, PLAIN) - 2 * z
        if reading.nonfinite:
            warning = f"{reading.nonfinite:,} values not finite, drawn as 0"
            _put(sheet, warning, left + length + 4 * z, under, size, WARNING, right)


def number(value: float, decimals: int, *, sign: bool = False) -> str:
    """A number with fixed decimals and a typographic minus, so that digits do not jump from frame to frame."""
    return f"{value:{'+' if sign else ''}.{decimals}f}".replace("-", "−")


def decimals_for(values: np.ndarray | None) -> int:
    """Decimals that show four significant digits of the largest |value|: 0 to 6."""
    largest = 0.0 if values is None else float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return 3 if largest == 0 else max(0, min(6, 3 - floor(log10(largest))))


def _line(text: str) -> str:
    return " ".join(text.split())  # names come from files; a line break would not render


def _put(sheet: np.ndarray, text: str, x: int, y: int, size: int, colour: Colour, end: int, bold: bool = False) -> int:
    """Write from x on, cut short with an ellipsis before `end`; returns where the text ends."""
    image = _text(_fit(text, size, end - x, bold), size, colour, bold)
    height, width, _ = image.shape
    sheet[y : y + height, x : x + width] = image
    return x + int(width)


def _put_right(sheet: np.ndarray, text: str, x: int, y: int, size: int, colour: Colour) -> int:
    """Write so that the text ends at x; returns where it begins."""
    image = _text(text, size, colour, False)
    height, width, _ = image.shape
    sheet[y : y + height, x - width : x] = image
    return x - int(width)


@lru_cache(4096)
def _fit(text: str, size: int, room: int, bold: bool) -> str:
    if ceil(_font(size, bold).getlength(text)) <= room:
        return text
    while text and ceil(_font(size, bold).getlength(text + "…")) > room:
        text = text[:-1]
    return text + "…" if text else ""


@lru_cache(4096)
def _text(text: str, size: int, colour: Colour, bold: bool) -> np.ndarray:
    """Text on the legend's background, uint8 RGB; the same height for all texts of a size, so that lines align."""
    font = _font(size, bold)
    ascent, descent = font.getmetrics()
    image = Image.new("RGB", (ceil(font.getlength(text)), ascent + descent), BACKGROUND)
    ImageDraw.Draw(image).text((0, 0), text, colour, font)
    return np.asarray(image)


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which every matplotlib installation carries; its digits have one width."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
