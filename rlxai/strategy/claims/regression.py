"""Strategies in a test suite: `assert_strategy` fails with what was measured where a claim does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from rlxai.errors import InvalidValue
from rlxai.strategy.claims.claim import Claim, find_claim
from rlxai.strategy.claims.verdict import Finding, Verdict, judge
from rlxai.strategy.curves import Curves


class Measured(Protocol):
    """What is asked of a run, such as that of `rlxai.open_run`."""

    path: Path

    def records(self, kind: str) -> list[Path]:
        """Records of finished tasks of a kind."""

    def read(self, record: Path) -> Any:
        """A finished task: `folder` and `summary`."""


def assert_strategy(
    run: Measured, claim: str | Path | Claim, *, step: int | None = None, min_lift: float | None = None
) -> None:
    """Fail unless a claim is supported by what `rlxai strategy` last measured of a run.

        def test_the_agent_still_tracks_the_ball():
            assert_strategy(rlxai.open_run("runs/breakout"), "tracks-ball", min_lift=4)

    Args:
        run: the run.
        claim: name of a built-in claim, path of a YAML file, or a claim.
        step: the snapshot to look at; None for that which the claim itself names.
        min_lift: least value of every lift in the claim's evidence.

    Raises:
        AssertionError: the claim is refuted or untested, or a lift is smaller; the sentence says what was found.
        InvalidValue: there is no such claim, it has no lift while `min_lift` is given, or nothing was measured yet.
        FileRefused: a file is not a claim.
    """
    __tracebackhide__ = True
    verdict = verdict_of(run, claim, step=step)
    assert verdict.word == "supported", f"{run}: {verdict.claim.name}: {verdict.sentence}"
    if min_lift is not None:
        small = [f.sentence for f in _lifts(verdict) if f.estimate is None or f.estimate.value < min_lift]
        assert not small, f"{run}: {verdict.claim.name}: {'; '.join(small)}; at least {min_lift:g} was asked for."


def verdict_of(run: Measured, claim: str | Path | Claim, *, step: int | None = None) -> Verdict:
    """The verdict on a claim from what `rlxai strategy` last measured of a run; parameters as in `assert_strategy`.

    Raises:
        InvalidValue: there is no such claim, or nothing was measured yet.
        FileRefused: a file is not a claim.
    """
    chosen = claim if isinstance(claim, Claim) else find_claim(claim)
    for record in sorted(run.records("strategy"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        commit = run.read(record)
        if "best" in commit.summary:
            table = pd.read_parquet(commit.folder / "curves.parquet")
            return judge(chosen, Curves(table, commit.summary["best"]), step)
    raise InvalidValue(f"{run}: its strategy is not measured yet; run: rlxai strategy {run}")


def _lifts(verdict: Verdict) -> list[Finding]:
    found = [finding for finding in verdict.findings if finding.evidence.figure.startswith("lift/")]
    if not found:
        raise InvalidValue(f"{verdict.claim.name} has no evidence on a lift, so that none can be asked for")
    return found
