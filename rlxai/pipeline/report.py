"""Gathering what the report of a run shows."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rlxai.pipeline.moments import moments_table, pictures
from rlxai.pipeline.report_sections import sections
from rlxai.store import Attempt, Commit, Run
from rlxai.strategy.claims.moments import moments_of
from rlxai.strategy.claims.table import Verdicts
from rlxai.strategy.curves import Curves
from rlxai.strategy.report.page import Clusters, Report


def write_report(
    run: Run,
    attempt: Attempt,
    curves: Curves,
    emergence: pd.DataFrame,
    leads: pd.DataFrame,
    verdicts: Verdicts,
    results: Sequence[Commit],
    clusters: Sequence[Commit],
    figures: Sequence[Commit] = (),
) -> None:
    """Write report.html and moments.csv beside the figures emergence.svg and ledger.svg, which it contains.

    Args:
        run: the run.
        attempt: its folder and summary (method and target) are those of the strategy task.
        curves: of the run.
        emergence: of the story.
        leads: of the story.
        verdicts: on all claims.
        results: in which moments can be found.
        clusters: results of `SprayTask`.
        figures: further results with a section of their own, see `rlxai.pipeline.report_sections`.
    """
    method, target = attempt.summary["method"], attempt.summary["target"]
    known = moments_table([*clusters, *results])
    moments = {verdict.claim.name: moments_of(verdict, known) for verdict in verdicts.of_run}
    rows = [
        {"claim": claim, "shows_it": which, **vars(moment)}
        for claim, both in moments.items()
        for which, found in zip(("best", "worst"), both, strict=True)
        for moment in found
    ]
    columns = ["claim", "shows_it", "figure", "step", "game", "decision", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(attempt.folder / "moments.csv", index=False, float_format="%.6g")
    chosen = [moment for both in moments.values() for found in both for moment in found]
    report = Report(
        name=run.name, facts=_facts(run, curves, method, target), curves=curves, emergence=emergence, leads=leads,
        verdicts=verdicts,
        figures={name: (attempt.folder / f"{name}.svg").read_bytes() for name in ("emergence", "ledger")},
        clusters=[Clusters(_maps(commit), commit.summary, _png(commit)) for commit in clusters],
        sections=sections(figures),
        moments=moments, pictures=pictures(run, chosen, method, target),
    )  # fmt: skip
    (attempt.folder / "report.html").write_text(report.page(), "utf-8")


def _facts(run: Run, curves: Curves, method: str, target: str) -> list[tuple[str, str]]:
    origin = run.info.get("provenance", {}).get("origin")
    agent = curves.table[curves.table.control == "none"]
    own = agent[(agent.states == "own") & (agent.game != "")].groupby("step").game.nunique()
    common = agent[(agent.states == "common") & agent.figure.str.startswith("lift/")].game.nunique()
    steps = curves.steps
    games = f"{own.min()}" if own.min() == own.max() else f"{own.min()} to {own.max()}"
    return [
        ("game", str(run.info["game"])),
        ("snapshots", f"{len(steps)}, from step {steps[0]:,} to step {steps[-1]:,}"),
        ("plays best", f"step {curves.best:,}"),
        ("relevance of", f"{target}, by {method}"),
        ("own states", f"of {games} games of each snapshot"),
        ("common states", f"of {common} games of all snapshots and the scripted player, the same for every snapshot"),
        *([("origin", str(origin))] if origin else []),
    ]


def _maps(commit: Commit) -> str:
    steps = [step for step, _ in commit.spec["snapshots"]]
    return f"step {steps[0]:,} alone" if len(steps) == 1 else f"all {len(steps)} snapshots together"


def _png(commit: Commit) -> bytes:
    return (commit.folder / "clusters.png").read_bytes()
