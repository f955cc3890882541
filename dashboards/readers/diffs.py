"""Comparisons of runs that `rlxai diff` left beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rlxai.errors import FileRefused, RunError
from rlxai.networks.reading import read_bounded
from rlxai.pipeline.diff.write import FILES, default_folder, diffs_folder
from rlxai.store import Run

_TABLES = ("comparison", "emergence", "claims", "made", "reached", "values")


@dataclass(frozen=True, eq=False)
class Comparison:
    """The tables of a comparison, see `rlxai.strategy.compare`, and what it says in sentences."""

    comparison: pd.DataFrame
    emergence: pd.DataFrame
    claims: pd.DataFrame
    made: pd.DataFrame
    reached: pd.DataFrame
    values: pd.DataFrame
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    """Heading and sentences."""


def comparisons(runs: Iterable[Run]) -> dict[str, Path]:
    """Folders of comparisons beside the runs, by a name that is different for each; the last made first."""
    places = dict.fromkeys(diffs_folder(run) for run in runs)
    folders = [path for place in places if place.is_dir() for path in place.iterdir() if _whole(path)]
    found: dict[str, Path] = {}
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        name = folder.name.replace("-vs-", " against ")
        found[name if name not in found else f"{name} ({folder.parent.parent.name})"] = folder
    return found


def comparison_folder(a: Run, b: Run) -> Path | None:
    """The comparison of two runs; None where it is not made yet."""
    folder = default_folder([a], [b])
    return folder if _whole(folder) else None


def read_comparison(folder: Path) -> Comparison:
    """A comparison.

    Raises:
        RunError: a file of it is missing or damaged.
    """
    tables = {}
    for name in _TABLES:
        path = folder / f"{name}.parquet"
        try:
            tables[name] = pd.read_parquet(path)
        except Exception as error:  # whatever a damaged file makes the decoder raise
            raise RunError(f"{path}: is not a readable table ({type(error).__name__})") from None
    path = folder / "summary.md"
    try:
        text = read_bounded(path).decode("utf-8", "replace")
    except FileRefused as error:
        raise RunError(f"{path}: {error}") from None
    return Comparison(**tables, sections=_sections(text))


def _whole(folder: Path) -> bool:
    return folder.is_dir() and all((folder / name).is_file() for name in FILES)


def _sections(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("## "):
            found.append((line.removeprefix("## "), []))
        elif line.startswith("- ") and found:
            found[-1][1].append(line.removeprefix("- "))
    return tuple((heading, tuple(sentences)) for heading, sentences in found)
