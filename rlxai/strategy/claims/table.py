"""Verdicts on several claims, of the run and of each snapshot, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rlxai.strategy.claims.claim import Claim
from rlxai.strategy.claims.verdict import Verdict, judge
from rlxai.strategy.curves import Curves


@dataclass(frozen=True)
class Verdicts:
    """Claims judged for a whole run, and at every snapshot."""

    of_run: tuple[Verdict, ...]
    of_snapshots: dict[int, tuple[Verdict, ...]]
    """Step -> verdicts in the order of the claims."""

    @classmethod
    def of(cls, claims: Sequence[Claim], curves: Curves) -> Verdicts:
        """Judge all claims."""
        return cls(
            tuple(judge(claim, curves) for claim in claims),
            {step: tuple(judge(claim, curves, step) for claim in claims) for step in curves.steps},
        )

    def table(self) -> pd.DataFrame:
        """Columns claim, step ("run" for that of the whole run), verdict, sentence, hypothesis."""
        return pd.DataFrame([
            {
                "claim": verdict.claim.name, "step": step, "verdict": verdict.word, "sentence": verdict.sentence,
                "hypothesis": verdict.claim.hypothesis,
            }
            for step, verdict in self._all()
        ], columns=["claim", "step", "verdict", "sentence", "hypothesis"])  # fmt: skip

    def evidence(self) -> pd.DataFrame:
        """One row per claim, piece of evidence and snapshot: figure, value, interval, games, threshold, outcome."""
        rows: list[dict[str, Any]] = []
        for step, verdict in self._all():
            for finding in verdict.findings:
                one, found = finding.evidence, finding.estimate
                rows.append({
                    "claim": verdict.claim.name, "verdict_of": step, "step": finding.step, "figure": one.figure,
                    "states": one.states, "value": found.value if found else None, "low": found.low if found else None,
                    "high": found.high if found else None, "games": found.games if found else 0, "is": one.is_,
                    "threshold_low": finding.threshold[0], "threshold_high": finding.threshold[1],
                    "outcome": finding.outcome, "sentence": finding.sentence,
                })  # fmt: skip
        numbers = ["value", "low", "high", "threshold_low", "threshold_high"]
        return pd.DataFrame(rows).astype({**dict.fromkeys(numbers, float), "step": "Int64"})

    def _all(self) -> list[tuple[str, Verdict]]:
        run = [("run", verdict) for verdict in self.of_run]
        return run + [(str(step), verdict) for step, found in self.of_snapshots.items() for verdict in found]
