"""Reading results where one damaged file must not hide the others."""

from __future__ import annotations

import pandas as pd

from rlxai.errors import RunError
from rlxai.store import Commit, Run


def readable(run: Run, kind: str) -> tuple[list[Commit], list[str]]:
    """The finished tasks of a kind that can be read, the last done first, and one sentence on each other one."""
    found, problems = [], []
    for record in sorted(run.records(kind), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        try:
            found.append(run.read(record))
        except RunError as error:
            problems.append(str(error))
    return found, problems


def read_table(commit: Commit, name: str) -> pd.DataFrame:
    """A table of a result by its file's name, Parquet or CSV.

    Raises:
        RunError: the result has no such file, or it cannot be read.
    """
    path = commit.folder / name
    if name not in commit.files:
        raise RunError(f"{commit.kind} {commit.task} was made without {name}; make it again")
    try:
        return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except Exception as error:  # whatever a damaged file makes the decoder raise
        raise RunError(f"{path}: is not a readable table ({type(error).__name__})") from None
