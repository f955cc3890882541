"""Where the panels of a video stand, and how large a game pixel is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from rlxai.errors import InvalidValue
from rlxai.replay.legend import HEIGHT

PANELS = 10
GAP = 2
"""Space between panels, in game pixels."""
ZOOMS = range(2, 9)


@dataclass(frozen=True)
class Grid:
    """Panels in rows, all of one size: a screen of the game over its legend.

    Attributes:
        screen: (height, width) of the game, in game pixels.
        panels: how many.
        columns: panels per row.
        zoom: pixels per game pixel.
    """

    screen: tuple[int, int]
    panels: int
    columns: int
    zoom: int

    @property
    def rows(self) -> int:
        """Rows of panels."""
        return ceil(self.panels / self.columns)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the picture, in pixels."""
        height, width = self.screen
        down = (height + HEIGHT) * self.rows + GAP * (self.rows - 1)
        across = width * self.columns + GAP * (self.columns - 1)
        return down * self.zoom, across * self.zoom

    def place(self, i: int) -> tuple[int, int]:
        """(top, left) of panel i, in pixels; its legend begins `screen[0] * zoom` lower."""
        row, column = divmod(i, self.columns)
        height, width = self.screen
        return row * (height + HEIGHT + GAP) * self.zoom, column * (width + GAP) * self.zoom


def grid(screen: tuple[int, int], panels: int, columns: int | None = None, zoom: int | None = None) -> Grid:
    """The grid of some panels.

    Args:
        screen: (height, width) of the game.
        panels: 1 to 10.
        columns: panels per row; None: one row up to five panels, else two rows.
        zoom: pixels per game pixel, 2 to 8; None: 4 for up to three panels, else 3.

    Raises:
        InvalidValue: one of them is outside its range.
    """
    if not 1 <= panels <= PANELS:
        raise InvalidValue(f"a video has 1 to {PANELS} panels, met {panels}")
    if columns is None:
        columns = panels if panels <= PANELS // 2 else ceil(panels / 2)
    if not 1 <= columns <= panels:
        raise InvalidValue(f"columns must be 1 to {panels}, the number of panels, met {columns}")
    if zoom is None:
        zoom = 4 if panels <= 3 else 3
    if zoom not in ZOOMS:
        raise InvalidValue(f"zoom must be {ZOOMS[0]} to {ZOOMS[-1]}, met {zoom}")
    return Grid(screen, panels, columns, zoom)
