"""Two runs, or two sets of runs, compared: what differs in how they were made, in scores, curves, emergence, claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline.diff.made import made_table
from rlxai.pipeline.diff.sources import Scores, agent_curves, scores_by_kind, strategy_results
from rlxai.pipeline.diff.tables import claim_table, curve_notes, made_notes, snapshot_table, value_table
from rlxai.store import Run
from rlxai.strategy.bootstrap import DRAWS
from rlxai.strategy.compare.change import compare_emergence
from rlxai.strategy.compare.reach import reach_table
from rlxai.strategy.compare.replicates import Replicates
from rlxai.strategy.compare.steps import Matched, match_steps
from rlxai.strategy.compare.table import SCORE, compare_sides, comparison_table
from rlxai.strategy.emergence.story import STORY

TOLERANCE = 0.05
CHOSEN = tuple((one.figure, one.states) for one in STORY)


@dataclass(frozen=True, eq=False)
class Diff:
    """All that is found; the tables are those of `rlxai.strategy.compare`."""

    a: tuple[Run, ...]
    b: tuple[Run, ...]
    replicates: Replicates
    made: pd.DataFrame
    """key, a, b, matters."""
    snapshots: pd.DataFrame
    """what (score, curves), moment (empty where unmatched), side, run, step."""
    values: pd.DataFrame
    """side, training, run, figure, states, moment, step, value, games: of each run at matched steps."""
    comparison: pd.DataFrame
    reached: pd.DataFrame
    emergence: pd.DataFrame
    claims: pd.DataFrame
    """claim, and the verdict of each run: columns A and B, or A1, A2, ..., B1, ...; no rows where a run holds none."""
    scored: str
    """Which games the score is of."""
    notes: tuple[str, ...]
    """What else has to be known, in sentences."""


def compare_runs(
    a: Sequence[Run],
    b: Sequence[Run],
    *,
    tolerance: float = TOLERANCE,
    thresholds: Sequence[float] = (),
    draws: int = DRAWS,
) -> Diff:
    """Compare side A with side B; nothing is written.

    Args:
        a: one run, or several trainings of one kind.
        b: those they are compared with.
        tolerance: snapshots match whose steps differ by at most this share of the larger one.
        thresholds: scores whose first reaching is compared; by default three between 0 and the lower of both bests.
        draws: of the bootstrap.

    Raises:
        InvalidValue: the games differ, a run stands there twice, or tolerance is outside 0 to 1.
        RunError: a run holds nothing to compare, or no snapshots match.
    """
    runs = [*a, *b]
    _check(runs, tolerance)
    replicates: Replicates = "trainings" if min(len(a), len(b)) > 1 else "games"
    scores, matched = _best_scores(runs, tolerance)
    results, missing = strategy_results(runs)
    notes = [missing] if missing else []
    tables = [games.assign(figure=SCORE[0], states=SCORE[1], weight=1.0) for games in scores.games]
    labelled = _labelled(tables, len(a))
    parts, matches = [_at(labelled, matched, len(a))], {"score": matched}
    if results:
        curves = _labelled([agent_curves(result) for result in results], len(a))
        own = match_steps([sorted(set(rows.step)) for _, rows in curves.groupby(["side", "training"])], tolerance)
        matches["curves"] = own
        parts.append(_at(curves, own, len(a)))
        labelled = pd.concat([labelled, curves], ignore_index=True)
        notes += curve_notes(curves, a, b)
    games = pd.concat(parts, ignore_index=True)
    pairs = compare_sides(games, replicates, draws=draws)
    score = pairs[SCORE]
    emergence = compare_emergence(labelled, (SCORE, *CHOSEN), replicates)
    return Diff(
        a=tuple(a), b=tuple(b), replicates=replicates, made=made_table(a, b),
        snapshots=snapshot_table(matches, runs, len(a)), values=value_table(games, runs, len(a)),
        comparison=comparison_table(pairs, CHOSEN), reached=reach_table(score.a, score.b, score.steps, thresholds),
        emergence=emergence, claims=claim_table(results, len(a)), scored=scores.what,
        notes=(*notes, *made_notes(a, b)),
    )  # fmt: skip


def _check(runs: Sequence[Run], tolerance: float) -> None:
    if not 0 <= tolerance < 1:
        raise InvalidValue(f"tolerance must be at least 0 and less than 1, met {tolerance:g}")
    if len({run.info.get("game") for run in runs}) > 1:
        told = ", ".join(f"{run} plays {run.info.get('game')}" for run in runs)
        raise InvalidValue(f"only runs of one game can be compared; {told}")
    paths = [run.path.resolve() for run in runs]
    if twice := [path for path in paths if paths.count(path) > 1]:
        raise InvalidValue(f"{twice[0]}: is given twice; a run cannot be compared with itself")


def _best_scores(runs: Sequence[Run], tolerance: float) -> tuple[Scores, Matched]:
    """The most telling scores with matched steps; those of one game per snapshot only where there are no others."""
    usable: list[tuple[bool, int, Scores, Matched]] = []
    for scores in scores_by_kind(runs):
        matched = match_steps([sorted(set(games.step)) for games in scores.games], tolerance)
        if matched.moments:
            fewest = min(int(games.groupby("step").size().max()) for games in scores.games)
            usable.append((fewest < 2, len(usable), scores, matched))
    if not usable:
        steps = "; ".join(f"{run.name}: {', '.join(f'{s.step:,}' for s in run.snapshots())}" for run in runs)
        raise RunError(f"no snapshots are within {tolerance:.0%} of the same step ({steps}); give a larger tolerance")
    _, _, scores, matched = min(usable, key=lambda one: one[:2])
    return scores, matched


def _labelled(tables: Sequence[pd.DataFrame], first: int) -> pd.DataFrame:
    """Tables of runs as one, with side and number on the side."""
    return pd.concat(
        [table.assign(side="AB"[i >= first], training=i - first * (i >= first)) for i, table in enumerate(tables)],
        ignore_index=True,
    )


def _at(games: pd.DataFrame, matched: Matched, first: int) -> pd.DataFrame:
    """Games of matched snapshots, with the moment that these stand for."""
    parts = []
    for (side, _), rows in games.groupby(["side", "training"]):
        column = int(rows.training.iloc[0]) + first * (side == "B")
        moments = {own[column]: step for own, step in zip(matched.moments, matched.steps, strict=True)}
        kept = rows[rows.step.isin(moments)]
        parts.append(kept.assign(moment=kept.step.map(moments).astype("int64")))
    return pd.concat(parts, ignore_index=True)
