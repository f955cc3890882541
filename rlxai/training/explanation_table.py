"""explanations.csv: what was seen of an agent while it learned, one row per step, method, target and measure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rlxai.errors import RunError
from rlxai.files import write_atomic

NAME = "explanations.csv"
COLUMNS = ("step", "method", "target", "measure", "value")


@dataclass(frozen=True)
class Measure:
    """One number about the agent at a step."""

    step: int
    method: str
    """Name of an attribution method, or "counterfactual"."""
    target: str
    name: str
    value: float


def append(path: Path, measures: Sequence[Measure]) -> None:
    """Add the measures of a look, or of several; what the file holds of their first step and later ones gives way.

    The file is replaced as a whole and is on disk when this returns, so that a kill loses no row of a look that a
    commit comes after, and a training that goes on from a commit repeats none.

    Raises:
        RunError: the file is there and holds something else.
    """
    first = min(measure.step for measure in measures)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row for row in _rows(path) if int(row[0]) < first)
    writer.writerows((m.step, m.method, m.target, m.name, f"{m.value:.8g}") for m in measures)
    write_atomic(path, text.getvalue().encode())


def _rows(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    try:
        head, *rows = csv.reader(path.read_text().splitlines())
        if tuple(head) != COLUMNS or not all(len(row) == len(COLUMNS) and row[0].isdigit() for row in rows):
            raise ValueError
    except (ValueError, OSError, csv.Error):
        raise RunError(f"{path}: is not a table of explanations; move it away") from None
    return rows
