"""Reading results where one damaged file must not hide the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from rlxai.errors import RunError
from rlxai.store.commit import Commit
from rlxai.store.run import Run

_ROWS = 20_000_000
_BYTES = 2 * 1024**3
"""Of the largest table that is read; a few kilobytes of Parquet can hold far more."""


def read_each(run: Run, records: Iterable[Path], problems: list[str] | None = None) -> Iterator[Commit]:
    """The finished tasks of these records that can be read; `problems` gets one sentence on each other one."""
    for record in records:
        try:
            yield run.read(record)
        except RunError as error:
            if problems is not None:
                problems.append(str(error))


def newest(run: Run, kind: str, problems: list[str] | None = None) -> Iterator[Commit]:
    """The finished tasks of a kind that can be read, the last done first, each read when it is asked for."""
    return read_each(run, run.newest_records(kind), problems)


def readable(run: Run, kind: str) -> tuple[list[Commit], list[str]]:
    """The finished tasks of a kind that can be read, the last done first, and one sentence on each other one."""
    problems: list[str] = []
    return list(newest(run, kind, problems)), problems


def read_table(commit: Commit, name: str) -> pd.DataFrame:
    """A table of a result by its file's name, Parquet or CSV.

    Raises:
        RunError: the result has no such file, or it cannot be read.
    """
    path = commit.folder / name
    if name not in commit.files:
        raise RunError(f"{commit.kind} {commit.task} was made without {name}; make it again")
    try:
        if path.suffix == ".csv":
            return pd.read_csv(path)
        _require_small(path)
        return pd.read_parquet(path)
    except Exception as error:  # whatever a damaged file makes the decoder raise
        raise RunError(f"{path}: is not a readable table ({type(error).__name__})") from None


def read_columns(commit: Commit, name: str, rows: int, needed: Iterable[str] = ()) -> dict[str, np.ndarray]:
    """The columns of numbers of a Parquet table of a result, each (rows,); the checksums of its pages are checked.

    Raises:
        RunError: it cannot be read, has other rows, lacks a needed column, or has one twice or one without numbers.
    """
    path = commit.folder / name
    try:
        _require_small(path)
        table = pq.read_table(path, page_checksum_verification=True)
        columns = dict(zip(table.column_names, (column.to_numpy() for column in table.columns), strict=True))
    except Exception as error:  # whatever a damaged file makes the decoder raise
        raise RunError(f"{path}: is not a readable table ({type(error).__name__})") from None
    if table.num_rows != rows:
        raise RunError(f"{path}: should hold {rows:,} rows and holds {table.num_rows:,}")
    if wrong := [name for name, values in columns.items() if values.dtype.kind not in "fiub"]:
        raise RunError(f"{path}: its column {wrong[0][:60]!r} holds no numbers")
    if missing := [one for one in needed if one not in columns]:
        raise RunError(f"{path}: lacks the column {missing[0]!r}")
    return columns


def _require_small(path: Path) -> None:
    about = pq.read_metadata(path)
    size = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
    if about.num_rows > _ROWS or size > _BYTES:
        raise ValueError("it is too large")
