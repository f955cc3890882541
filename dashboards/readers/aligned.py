"""Relevance around events, as the Strategy page shows it."""

from __future__ import annotations

import pandas as pd

from rlxai.store import Run
from rlxai.store.readable import read_table, readable


def aligned_table(run: Run, method: str, target: str) -> pd.DataFrame | None:
    """The last table of relevance around events of a method and target; None where there is none.

    Columns: step, event, offset, object, measure, value, low, high, control, events, games; see `AlignedTask`.

    Raises:
        RunError: it is damaged.
    """
    made = {commit.task: commit.spec for commit in readable(run, "aligned")[0]}
    for commit in readable(run, "aligned-figure")[0]:
        spec = made.get(commit.spec["results"][0], {})
        if (spec.get("method"), spec.get("target")) == (method, target):
            return read_table(commit, "aligned.parquet")
    return None
