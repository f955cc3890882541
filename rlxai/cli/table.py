"""Plain aligned tables on standard output, as wide as they need to be, also into a pipe."""

from __future__ import annotations

from collections.abc import Sequence


def show(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a header; columns that hold numbers are aligned to the right, all others to the left."""
    text = [list(map(str, header)), *(list(map(_cell, row)) for row in rows)]
    columns = range(len(header))
    widths = [max(len(row[column]) for row in text) for column in columns]
    numeric = [any(isinstance(row[column], int | float) for row in rows) for column in columns]
    for index, row in enumerate(text):
        cells = [row[i].rjust(widths[i]) if numeric[i] else row[i].ljust(widths[i]) for i in columns]
        print("  ".join(cells).rstrip())
        if index == 0:
            print("  ".join("-" * width for width in widths))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.3g}"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
