"""A comparison as files: tables, one figure, and a summary whose sentences come from the numbers."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rlxai.errors import RunError
from rlxai.files import sync
from rlxai.pipeline.diff.compare import Diff
from rlxai.store import Run
from rlxai.strategy.compare.figure import comparison_figure
from rlxai.strategy.compare.words import curve_words, design_words, emergence_words, score_words
from rlxai.strategy.saving import save_figure

TABLES = ("comparison", "reached", "emergence", "claims", "made", "snapshots", "values")
FILES = frozenset({*(f"{n}.{e}" for n in TABLES for e in ("csv", "parquet")), "diff.png", "diff.svg", "summary.md"})


def default_folder(a: Sequence[Run], b: Sequence[Run]) -> Path:
    """A-vs-B in `diffs_folder` of the first run; of several runs on a side: the first, and how many more."""
    names = [side[0].name + (f"+{len(side) - 1}" if len(side) > 1 else "") for side in (a, b)]
    return diffs_folder(a[0]) / "-vs-".join(names)


def diffs_folder(run: Run) -> Path:
    """`diffs` beside a run's folder; for a run in an object store, in the folder at hand."""
    return (Path.cwd() if run.remote else run.path.resolve().parent) / "diffs"


def write_diff(diff: Diff, out: Path) -> None:
    """Write all files; a folder of an earlier comparison is replaced as a whole.

    Equal comparisons give equal files.

    Raises:
        RunError: something else is at `out`, or it cannot be written.
    """
    if out.exists() and not (out.is_dir() and all(path.name in FILES for path in out.iterdir())):
        raise RunError(f"{out}: holds something else than a comparison; choose a new folder")
    partial = out.with_name(f".{out.name}.{uuid.uuid4().hex[:12]}.partial")
    try:
        partial.mkdir(parents=True)
        _fill(diff, partial)
        for path in [*partial.iterdir(), partial]:
            sync(path)
        if out.exists():
            old = out.with_name(f"{partial.name}.old")
            out.rename(old)
            partial.rename(out)
            shutil.rmtree(old)
        else:
            partial.rename(out)
        sync(out.parent)
    except OSError as error:
        raise RunError(f"{error.filename or out}: cannot write ({error.strerror or error})") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def summary(diff: Diff) -> list[tuple[str, list[str]]]:
    """Headings and the sentences below each."""
    sizes = {"A": len(diff.a), "B": len(diff.b)}
    seeds = {
        name: [(run.info.get("provenance") or {}).get("seed") for run in side]
        for name, side in (("A", diff.a), ("B", diff.b))
    }
    made = diff.made[diff.made.matters & (diff.made.key != "last snapshot")]
    score = diff.comparison[diff.comparison.figure == "score"]
    sections = [
        ("What this can tell", [*design_words(made, sizes, diff.replicates, seeds), *diff.notes]),
        ("Snapshots", _snapshot_words(diff)),
        ("Score", score_words(score, diff.reached, diff.replicates, diff.scored)),
        ("Curves", curve_words(diff.comparison)),
        ("When curves change", emergence_words(diff.emergence)),
        ("Claims", _claim_words(diff.claims) if "curves" in set(diff.snapshots.what) else []),
    ]  # fmt: skip
    return [(heading, sentences) for heading, sentences in sections if sentences]


def title(diff: Diff) -> str:
    """Both sides by their runs, of many the first three."""
    sides = []
    for name, side in (("A", diff.a), ("B", diff.b)):
        more = f" and {len(side) - 3} more" if len(side) > 3 else ""
        sides.append(f"{name} ({', '.join(run.name for run in side[:3])}{more})")
    return " and ".join(sides)


def _fill(diff: Diff, folder: Path) -> None:
    for name in TABLES:
        table: pd.DataFrame = getattr(diff, name)
        table.to_parquet(folder / f"{name}.parquet", write_page_checksum=True)
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
    intervals = "bands: 95 % over games, of these trainings alone"
    if diff.replicates == "trainings":
        intervals = "bands: 95 % over trainings and games; thin: single trainings"
    figure = comparison_figure(
        diff.comparison, diff.emergence, diff.values, title=title(diff), score=diff.scored.split(",")[0],
        intervals=intervals,
    )  # fmt: skip
    save_figure(figure, folder, "diff")
    (folder / "summary.md").write_text(_markdown(diff), encoding="utf-8")


def _markdown(diff: Diff) -> str:
    parts = [f"# {title(diff)}"]
    if len(diff.made):
        rows = [f"| {row.key} | {row.a} | {row.b} |" for row in diff.made.itertuples()]
        parts.append("\n".join(["| made with | A | B |", "|---|---|---|", *rows]))
    for heading, sentences in summary(diff):
        parts += [f"## {heading}", "\n".join(f"- {sentence}" for sentence in sentences)]
    if len(diff.claims):
        columns = list(diff.claims.columns)
        lines = [columns, ["---"] * len(columns), *diff.claims.to_numpy().tolist()]
        parts.append("\n".join(f"| {' | '.join(map(str, line))} |" for line in lines))
    parts.append(
        "Intervals are 95 %. Files: comparison (all differences), reached (thresholds), emergence, claims, made, "
        "snapshots (which were matched) and values (of each run), as CSV and Parquet; diff.png and diff.svg."
    )
    return "\n\n".join(parts) + "\n"


def _snapshot_words(diff: Diff) -> list[str]:
    said = []
    for what, rows in diff.snapshots.groupby("what", sort=False):
        matched = rows[rows.moment.notna()]
        moments = matched.groupby("moment").step
        apart = int((moments.max() - moments.min()).max()) if len(matched) else 0
        exact = "at equal steps" if apart == 0 else f"at most {apart:,} steps apart"
        said.append(f"For the {what}, {matched.moment.nunique()} steps are matched, {exact}.")
        for (side, run), left in rows[rows.moment.isna()].groupby(["side", "run"], sort=False):
            steps = ", ".join(f"{step:,}" for step in left.step)
            said.append(f"Without a partner, and left out of the {what}, are of {side} ({run}): {steps}.")
    return said


def _claim_words(claims: pd.DataFrame) -> list[str]:
    if claims.empty:
        return ["Claims are left out, since not all runs hold verdicts on a common one."]
    verdicts = claims.drop(columns="claim").to_numpy()
    alike = int(np.all(verdicts == verdicts[:, :1], axis=1).sum())
    if alike == len(claims):
        return [f"All {alike} claims have the same verdict in all runs."]
    return [
        f"{alike} of {len(claims)} claims have the same verdict in all runs. A verdict supported here and untested "
        "there is no difference: untested means that the data cannot tell."
    ]
