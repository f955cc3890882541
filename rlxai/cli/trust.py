"""trust: which maps of a run may be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pandas as pd

from rlxai.cli import table
from rlxai.cli.common import run_argument, snapshot_option
from rlxai.cli.engine import engine_options
from rlxai.pipeline.engines.choice import KeptEngine
from rlxai.pipeline.trust.plan import TrustPlan, measure_trust
from rlxai.progress import meter
from rlxai.store import Commit, open_run
from rlxai.trust.words import signed

_PLAN = TrustPlan()
_COLUMNS = {
    "above-random/mean": "faithful", "above-edges/mean": "above edges", "sanity/rank-used/cascading/1": "head drawn",
    "sanity/rank-used/cascading/all": "all drawn", "sanity/rank-used/unrelated": "two random", "actions": "actions",
    "continuity/noise": "noise", "pointing/visible-ball": "on ball", "pointing/ball": "on ball",
}  # fmt: skip


@click.command()
@run_argument
@snapshot_option
@click.option(
    "--method",
    "methods",
    multiple=True,
    default=_PLAN.methods,
    help=f"Repeatable; default: {', '.join(_PLAN.methods)}.",
)
@click.option("--target", "targets", multiple=True, default=_PLAN.targets, show_default=True, help="Repeatable.")
@click.option("--states", default=_PLAN.states, show_default=True, help="Tested on, the same number from each game.")
@click.option("--games", default=_PLAN.games, show_default=True, help="Games per snapshot; missing ones are played.")
@click.option("--epsilon", default=_PLAN.epsilon, show_default=True, help="Share of random actions in these.")
@click.option("--max-decisions", default=_PLAN.max_decisions, show_default=True, help="These are ended there.")
@engine_options
def trust(run: Path, engine: KeptEngine, **sizes: Any) -> None:
    """Which maps may be believed: tests, badges and a leaderboard of methods and snapshots.

    Faithfulness, localisation, sanity, axioms and robustness, beside noise and an edge detector as controls; a badge by
    rule for each snapshot, method and target: trusted, use with care, or misleading.
    """
    opened = open_run(run)
    with meter("trust") as progress, engine:
        result = measure_trust(opened, engine, progress.report, TrustPlan(**sizes))
    _show(result)


def _show(result: Commit) -> None:
    board = pd.read_parquet(result.folder / "leaderboard.parquet")
    for target in dict.fromkeys(board.target):
        rows = board[(board.target == target) & (board.step == result.summary["best"])]
        print(f"{target}, step {result.summary['best']:,}")
        known = [name for name in _COLUMNS if name in rows]
        table.show(
            ("method", "badge", *(_COLUMNS[name] for name in known)),
            [(row["method"], signed(row["badge"]), *(float(row[name]) for name in known))
             for row in rows.to_dict("records")],
        )  # fmt: skip
        print()
    counts = board.badge.value_counts()
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    print(f"all snapshots, {result.summary['states']} states of {result.summary['games']} games: {said}")
    print(f"tables and figures: {result.folder}")
    print(f"report: {result.folder / 'trust.html'}")
