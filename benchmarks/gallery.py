"""Pictures of all methods on one frame of Breakout, for the documentation.

    python -m benchmarks.gallery [FOLDER]

docs/gallery.png shows every method by every target, docs/attribution/PAGE.png the methods of one family larger.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from benchmarks.canvas import LEGEND, Canvas
from benchmarks.pictures import Scene, families, map_picture, scene
from rlxai.attribution import Method

TARGETS = ("chosen", "value", "advantage", "contrast")
PAGE_TARGETS = ("advantage", "chosen")
"""The pages show the first of these for which a method is defined."""
PAGES = {"gradient": "gradients", "LRP": "lrp", "CAM": "cam", "perturbation": "perturbation"}
"""Page of each family."""
COLUMNS = 5
FRAME, SMALL = (160, 210), (64, 84)
"""Width and height of a picture, on the pages and in the gallery."""
LABELS = {"ball": (98.0, 42.0), "tunnel": (38.0, 140.0), "paddle": (52.0, 196.0)}
"""Where the objects of the frame are named, (x, y)."""
LONG = 22
"""Names of more letters are set smaller."""


def main(folder: Path) -> None:
    frame = scene()
    gallery(frame).save(folder / "gallery.png")
    for family, methods in families().items():
        page(frame, methods).save(folder / "attribution" / f"{PAGES[family]}.png")


def gallery(frame: Scene) -> Canvas:
    """Every method by every target, families in two blocks side by side, and the frame where there is room."""
    name, gap, top, heading = 180, 6, 36, 30
    wide, step = name + len(TARGETS) * (SMALL[0] + gap), SMALL[1] + gap
    blocks = _blocks(families())
    tall = max(sum(heading + step * len(methods) for _, methods in block) for block in blocks)
    canvas = Canvas(2 * wide + 2 * gap, top + tall + LEGEND)
    for number, block in enumerate(blocks):
        left, y = number * (wide + gap), float(top)
        for column, target in enumerate(TARGETS):
            canvas.text(left + name + column * (SMALL[0] + gap) + SMALL[0] / 2, top / 2, target, 9, "center")
        for family, methods in block:
            canvas.text(left + name - 10, y + heading / 2, f"{family} family", 9.5, "right", bold=True)
            y += heading
            for method in methods:
                canvas.text(left + name - 10, y + SMALL[1] / 2, method.name, 8.5, "right")
                for column, target in enumerate(TARGETS):
                    _draw(canvas, frame, method, target, left + name + column * (SMALL[0] + gap), y, SMALL)
                y += step
        if number and top + tall - y > FRAME[1] + heading:
            _draw_frame(canvas, frame, left + name + (wide - name - FRAME[0]) / 2, top + tall - FRAME[1])
    canvas.legend()
    return canvas


def page(frame: Scene, methods: Sequence[Method]) -> Canvas:
    """The frame itself, and the map of each method."""
    gap, title = 12, 26
    step = FRAME[0] + gap, FRAME[1] + title + 4
    rows = -(-(len(methods) + 1) // COLUMNS)
    canvas = Canvas(gap + COLUMNS * step[0], rows * step[1] + LEGEND)
    _draw_frame(canvas, frame, gap, title)
    for place, method in enumerate(methods, 1):
        x, y = gap + place % COLUMNS * step[0], place // COLUMNS * step[1]
        target = next(
            (target for target in PAGE_TARGETS if map_picture(frame, method, target) is not None), PAGE_TARGETS[0]
        )
        label = method.name if target == PAGE_TARGETS[0] else f"{method.name} (of {target})"
        canvas.text(x + FRAME[0] / 2, y + title / 2, label, 8.5 if len(label) <= LONG else 7.3, "center")
        _draw(canvas, frame, method, target, x, y + title, FRAME)
    canvas.legend()
    return canvas


def _draw(canvas: Canvas, frame: Scene, method: Method, target: str, x: float, y: float, size: tuple[int, int]) -> None:
    picture = map_picture(frame, method, target)
    if picture is None:
        canvas.text(x + size[0] / 2, y + size[1] / 2, "not defined", 7.5, "center")
    else:
        canvas.picture(picture, x, y, size)


def _draw_frame(canvas: Canvas, frame: Scene, x: float, y: float) -> None:
    canvas.text(x + FRAME[0] / 2, y - 13, "the frame", 9, "center", bold=True)
    _point_out(canvas.picture(frame.screen, x, y, FRAME), frame)


def _point_out(axes: Axes, frame: Scene) -> None:
    """Name the objects in black places of the frame, with lines to them."""
    for label, (y, x) in frame.places.items():
        axes.annotate(
            label, xy=(x, y), xytext=LABELS[label], color="white", fontsize=8.5, ha="left", va="center",
            arrowprops={"arrowstyle": "-", "color": "white", "linewidth": 0.7, "shrinkA": 1, "shrinkB": 3},
        )  # fmt: skip


def _blocks(found: dict[str, list[Method]]) -> tuple[list[tuple[str, list[Method]]], list[tuple[str, list[Method]]]]:
    """Whole families in two columns of about equal height."""
    left: list[tuple[str, list[Method]]] = []
    right: list[tuple[str, list[Method]]] = []
    half, seen = sum(map(len, found.values())) / 2, 0
    for family, methods in found.items():
        (left if seen + len(methods) / 2 < half else right).append((family, methods))
        seen += len(methods)
    return left, right


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
