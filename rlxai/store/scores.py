"""How well each snapshot plays, as far as its description says."""

from __future__ import annotations

from dataclasses import dataclass

from rlxai.store.run import Run


@dataclass(frozen=True)
class Scores:
    """Mean score by step, and of what games it is the mean; scores of different kinds are never mixed."""

    games: str
    mean: dict[int, float]


def scores(run: Run) -> Scores:
    """Scores of evaluation games where the snapshots hold any, else of the last games in training, else none."""
    provenance = {snapshot.step: snapshot.meta["provenance"] for snapshot in run.snapshots()}
    for section, key, games in (
        ("evaluation", "mean", "evaluation games"),
        ("training", "mean_score", "training games, exploration included"),
    ):
        facts = {step: known.get(section) for step, known in provenance.items()}
        mean = {
            step: float(fact[key])
            for step, fact in facts.items()
            if isinstance(fact, dict) and isinstance(fact.get(key), int | float)
        }
        if mean:
            return Scores(games, mean)
    return Scores("no games", {})
