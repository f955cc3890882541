"""diff: two runs, or two sets of runs, compared."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from rlxai.cli import table
from rlxai.pipeline.diff.compare import TOLERANCE, Diff, compare_runs
from rlxai.pipeline.diff.write import default_folder, summary, title, write_diff
from rlxai.store import open_run
from rlxai.strategy.claims.words import number
from rlxai.strategy.compare.table import EXPLORED

_AGAINST = "--against"
_NUMBERS = ("a", "b", "difference", "low", "high", "p_holm", "probability")


class _Sides(click.Command):
    """Lets --against take all words up to the next option, as shells expand `runs/m10k-*`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        inside = False
        for word in args:
            if word == _AGAINST or word.startswith("-"):
                inside = word == _AGAINST
                spread += [] if inside else [word]
            else:
                spread += [_AGAINST, word] if inside else [word]
        return super().parse_args(ctx, spread)


@click.command(cls=_Sides)
@click.argument("runs", metavar="RUN_A RUN_B", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    _AGAINST, "others", metavar="RUN_B...", multiple=True, type=click.Path(path_type=Path),
    help="Trainings of side B; then all runs before it are of side A.",
)  # fmt: skip
@click.option("--out", metavar="FOLDER", type=click.Path(path_type=Path), help="Default: diffs/A-vs-B beside RUN_A.")
@click.option(
    "--tolerance", default=TOLERANCE, show_default=True, help="Snapshots match within this share of the step."
)
@click.option("--threshold", "thresholds", metavar="SCORE", type=float, multiple=True, help="Steps to it; repeatable.")
def diff(
    runs: tuple[Path, ...], others: tuple[Path, ...], out: Path | None, tolerance: float, thresholds: tuple[float, ...]
) -> None:
    """Compare two runs: how they were made, scores, curves, when these change, and claims.

    Several trainings on a side make the seed part of the comparison: rlxai diff A1 A2 A3 --against B1 B2 B3
    """
    if not others and len(runs) != 2:
        raise click.UsageError(f"give two runs, or those of two sides with {_AGAINST} between; met {len(runs)}")
    if others and not runs:
        raise click.UsageError(f"no run stands before {_AGAINST}")
    sides = [list(map(open_run, paths)) for paths in ((runs, others) if others else (runs[:1], runs[1:]))]
    found = compare_runs(*sides, tolerance=tolerance, thresholds=thresholds)
    folder = out or default_folder(*sides)
    write_diff(found, folder)
    _show(found)
    print(f"tables, figure and summary: {folder}")


def _show(found: Diff) -> None:
    print(title(found))
    if len(found.made):
        table.show(
            ("made with", "A", "B"),
            [(row.key, _short(str(row.a)), _short(str(row.b))) for row in found.made.itertuples()],
        )
    print()
    rows = found.comparison[found.comparison.family != EXPLORED]
    shown = rows[(rows.figure == "score") | rows.step.isna()]
    table.show(
        ("figure", "step", "A", "B", "A - B", "95 % from", "to", "p (Holm)", "P(A > B)", "verdict"),
        [
            (_named(row), "mean" if pd.isna(row.step) else f"{row.step:,}", *(number(row[name]) for name in _NUMBERS),
             row.verdict)
            for _, row in shown.iterrows()
        ],
    )  # fmt: skip
    if len(found.claims):
        print()
        table.show(list(found.claims.columns), found.claims.to_numpy().tolist())
    for heading, sentences in summary(found):
        print(f"\n{heading}")
        for sentence in sentences:
            print(f"- {sentence}")
    print()


def _named(row: pd.Series) -> str:
    return str(row.figure) if row.figure == "score" else f"{row.figure} ({row.states})"


def _short(text: str, width: int = 48) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
