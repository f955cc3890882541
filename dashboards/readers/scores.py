"""Scores of the snapshots of a run over its training, from whatever holds them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from rlxai.errors import FileRefused, RunError
from rlxai.networks.reading import read_bounded
from rlxai.store import Run, SnapshotRef
from rlxai.store.readable import readable
from rlxai.strategy.learning_curve import WINDOW, training_curve

_LARGEST = 1e12
"""Of a return or a length that is no damage; NaN is not either."""
COLUMNS = ("step", "score", "low", "high", "what")
MEAN, BEST, TRAINING = "mean game", "best game", f"training, mean of {WINDOW} games"


def score_table(run: Run) -> tuple[pd.DataFrame, list[str]]:
    """Columns `COLUMNS` of all that is known, and one sentence per damaged result.

    `what` is "mean game" (95 % interval where `rlxai evaluate` was run), "best game", or the games of the training.
    """
    evaluated, problems = _evaluated(run)
    snapshots = [snapshot for snapshot in run.snapshots() if snapshot.step not in set(evaluated.step)]
    parts = [evaluated, _provenance(snapshots)]
    monitor = run.path / "monitor.csv"
    if monitor.exists():
        try:
            parts.append(monitor_table(monitor, int(run.info["preprocessing"]["frame_skip"])))
        except RunError as error:
            problems.append(str(error))
    known = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(known, ignore_index=True), problems


def monitor_table(path: Path, frame_skip: int) -> pd.DataFrame:
    """The mean return of the last training games, from SB3's monitor.csv; columns `COLUMNS`.

    Raises:
        RunError: the file is not SB3's.
    """
    try:
        table = pd.read_csv(BytesIO(read_bounded(path)), skiprows=1)  # the first line is a JSON comment
        returns, lengths = table["r"].to_numpy(float), table["l"].to_numpy(float)
        if not (np.abs(returns) <= _LARGEST).all() or not ((lengths >= 0) & (lengths <= _LARGEST)).all():
            raise ValueError
        curve = training_curve(returns, lengths, frame_skip)
    except FileRefused as error:
        raise RunError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, IndexError, OverflowError) as error:
        raise RunError(f"{path}: is not a readable monitor.csv ({type(error).__name__})") from None
    return _columns(curve.rename(columns={"mean": "score"})[["step", "score"]].assign(what=TRAINING))


def _evaluated(run: Run) -> tuple[pd.DataFrame, list[str]]:
    """Of each snapshot the evaluation with most games."""
    commits, problems = readable(run, "evaluation")
    best = {int(c.spec["step"]): c for c in sorted(commits, key=lambda c: (c.spec["games"], c.task))}
    rows: list[dict[str, object]] = []
    for step, commit in sorted(best.items()):
        of = commit.summary
        rows.append({"step": step, "score": of["mean"], "low": of["low"], "high": of["high"], "what": MEAN})
        rows.append({"step": step, "score": of["max"], "what": BEST})
    return _columns(pd.DataFrame(rows, columns=list(COLUMNS))), problems


def _provenance(snapshots: list[SnapshotRef]) -> pd.DataFrame:
    rows = []
    for snapshot in snapshots:
        evaluation = snapshot.meta.get("provenance", {}).get("evaluation")
        for key, what in (("mean", MEAN), ("max", BEST)):
            value = evaluation.get(key) if isinstance(evaluation, dict) else None
            if isinstance(value, int | float):
                rows.append({"step": snapshot.step, "score": float(value), "what": what})
    return _columns(pd.DataFrame(rows, columns=list(COLUMNS)))


def _columns(table: pd.DataFrame) -> pd.DataFrame:
    numbers = dict.fromkeys(("step", "score", "low", "high"), float)
    return table.reindex(columns=list(COLUMNS)).astype(numbers)
