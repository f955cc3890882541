"""Plain aligned tables on standard output, as wide as they need to be, also into a pipe."""

from __future__ import annotations

from collections.abc import Sequence


def show(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a header; numbers and short cells are aligned to the right, the first column to the left."""
    text = [list(map(str, header)), *(list(map(_cell, row)) for row in rows)]
    widths = [max(len(row[column]) for row in text) for column in range(len(header))]
    for index, row in enumerate(text):
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
        if index == 0:
            print("  ".join("-" * width for width in widths))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.3g}"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
