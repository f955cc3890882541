"""Results of `rlxai trust`: scores, badges and how each was earned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import isnan

import pandas as pd

from rlxai.replay.badges import KIND
from rlxai.store import Commit, Run
from rlxai.store.readable import read_table, readable
from rlxai.strategy.claims.words import number
from rlxai.trust.leaderboard import method_order
from rlxai.trust.rule import RULE, Criterion
from rlxai.trust.words import SIGNS, WORDS

FAITHFUL = "above-random/mean"
"""The score that the leaderboard is read by."""


@dataclass(frozen=True, eq=False)
class Trust:
    """The tables of one leaderboard, see `rlxai.pipeline.trust.board`."""

    scores: pd.DataFrame
    """Columns step, method, target, score, value, low, high (95 %), games, sure_low, sure_high (99 %)."""
    badges: pd.DataFrame
    """Columns step, method, target, badge, reasons, and one per criterion with its answer."""
    agreement: pd.DataFrame
    decisions: pd.DataFrame
    patches: pd.DataFrame
    curves: pd.DataFrame | None
    """See `rlxai.trust.curves`; None of results made before there were any."""
    best: int
    """The snapshot that played best."""

    @property
    def targets(self) -> list[str]:
        """Explained targets, in the order they were asked for."""
        return list(dict.fromkeys(self.badges["target"]))

    @property
    def steps(self) -> list[int]:
        """Tested snapshots."""
        return sorted({int(step) for step in self.badges["step"]})

    def methods(self, target: str, step: int | None = None) -> list[str]:
        """Methods, better badges first, then the more faithful; at one snapshot or on average of all."""
        badges = self.badges if step is None else self.badges[self.badges["step"] == step]
        scores = self.scores if step is None else self.scores[self.scores["step"] == step]
        return method_order(badges, scores, target)

    def badge(self, step: int, method: str, target: str) -> pd.Series:
        """The row of one map in `badges`."""
        rows = self.badges
        found = rows[(rows["step"] == step) & (rows["method"] == method) & (rows["target"] == target)]
        return found.iloc[0]

    def of(self, step: int, target: str) -> pd.DataFrame:
        """Scores of one snapshot and target."""
        return self.scores[(self.scores["step"] == step) & (self.scores["target"] == target)]


@dataclass(frozen=True)
class Answer:
    """How one criterion was answered for one map."""

    criterion: Criterion
    said: str
    """passed, doubtful, failed or not asked."""
    found: str
    """Scores with their 99 % intervals, in words; empty where it was not asked."""


def results(run: Run) -> tuple[dict[str, Commit], list[str]]:
    """Leaderboards by what was tested, the last one of each; and one sentence per damaged one."""
    commits, problems = readable(run, KIND)
    found: dict[str, Commit] = {}
    for commit in commits:
        try:
            found.setdefault(_tested(commit), commit)
        except (KeyError, TypeError, AttributeError):
            problems.append(f"{commit.kind} {commit.task}: its summary has no badges")
    return found, problems


def read_trust(commit: Commit) -> Trust:
    """The tables of a leaderboard.

    Raises:
        RunError: one of them is damaged.
    """
    tables = {name: read_table(commit, f"{name}.parquet") for name in _TABLES}
    curves = read_table(commit, "curves.parquet") if "curves.parquet" in commit.files else None
    return Trust(**tables, curves=curves, best=int(commit.summary["best"]))


def summary(trust: Trust) -> str:
    """What came out, in one sentence."""
    counts = trust.badges["badge"].value_counts()
    return ", ".join(f"{SIGNS[word]} {counts.get(word, 0)} {word}" for word in WORDS)


def board_table(trust: Trust, target: str) -> pd.DataFrame:
    """Cells of the leaderboard: columns step, method, badge, reasons, value, low, high."""
    faithful = trust.scores[(trust.scores["target"] == target) & (trust.scores["score"] == FAITHFUL)]
    badges = trust.badges[trust.badges["target"] == target][["step", "method", "badge", "reasons"]]
    return badges.merge(faithful[["step", "method", "value", "low", "high"]], on=["step", "method"], how="left")


def faithful_rows(trust: Trust, step: int, target: str) -> pd.DataFrame:
    """Faithfulness above random orders at one snapshot: columns method, variant, value, low, high, games, answer.

    The answer is the badge.
    """
    rows = trust.of(step, target)
    badges = trust.badges[(trust.badges["step"] == step) & (trust.badges["target"] == target)]
    rows = rows[rows["score"] == FAITHFUL].merge(badges[["method", "badge"]], on="method")
    return rows.rename(columns={"badge": "answer"}).assign(variant="mean over fills")


def wide_table(trust: Trust, step: int, target: str) -> pd.DataFrame:
    """All scores of a snapshot: a row per method, better badges first, with badge and a column for each score."""
    rows = trust.of(step, target)
    order = trust.methods(target, step)
    wide = rows.pivot(index="method", columns="score", values="value").reindex(order)
    badges = trust.badges[(trust.badges["step"] == step) & (trust.badges["target"] == target)]
    words = badges.set_index("method")["badge"].reindex(order)
    return wide.assign(**{"badge": words}).reset_index()[["method", "badge", *wide.columns]]


def answers(trust: Trust, step: int, method: str, target: str) -> list[Answer]:
    """How every criterion was answered, in the order of the rule."""
    badge = trust.badge(step, method, target)
    scores = trust.of(step, target)
    mine = scores[scores["method"] == method]
    return [
        Answer(criterion, str(badge[criterion.name]), _found(mine, criterion, str(badge[criterion.name])))
        for criterion in RULE
    ]


def score_rows(trust: Trust, step: int, target: str, patterns: Sequence[str]) -> pd.DataFrame:
    """Scores by pattern, as of `fnmatch`, means over fills left out: columns method, score, value, low, high, games."""
    scores = trust.of(step, target)
    chosen = [
        any(fnmatchcase(name, pattern) for pattern in patterns) and not name.endswith("/mean")
        for name in scores["score"]
    ]
    return scores[chosen][["method", "score", "value", "low", "high", "games"]]


def with_answers(rows: pd.DataFrame, trust: Trust, step: int, target: str, criterion: Criterion) -> pd.DataFrame:
    """The same rows with how the criterion was answered, in the column answer; scores of no account are not asked."""
    badges = trust.badges[(trust.badges["step"] == step) & (trust.badges["target"] == target)]
    by_method = badges.set_index("method")[criterion.name]
    said = [
        by_method.get(method, "not asked") if fnmatchcase(score, criterion.scores) else "not asked"
        for method, score in zip(rows["method"], rows["score"], strict=True)
    ]
    return rows.assign(answer=said)


def variant(score: str) -> str:
    """What tells the scores of one chart apart: above-random/blur -> blur; shift/follows/4 -> follows."""
    parts = score.split("/")
    return parts[1] if len(parts) > 1 else score


def decision_rows(trust: Trust) -> pd.DataFrame:
    """Share of decisions that small changes change: columns step, kind, value, low, high."""
    rows = trust.decisions
    small = (rows["score"] != "margin") & ~rows["score"].str.startswith("noise-patch")
    return rows[small].rename(columns={"score": "kind"})[["step", "kind", "value", "low", "high"]]


def patch_rows(trust: Trust) -> pd.DataFrame:
    """How often the action of a patch is pressed, mean over actions: columns step, kind, value, low, high.

    Intervals are means of those of the actions: too wide rather than too narrow.
    """
    rows = trust.patches.assign(kind=[f"{_PASTED[score]} {place.partition('@')[0]} × {place.partition('@')[0]}".strip()
                                      if score != "without" else _PASTED[score]
                                      for score, place in zip(trust.patches["score"], trust.patches["place"],
                                                              strict=True)])  # fmt: skip
    return rows.groupby(["step", "kind"], sort=False)[["value", "low", "high"]].mean().reset_index()


def agreement_table(trust: Trust, step: int, target: str, score: str, order: Sequence[str]) -> pd.DataFrame:
    """Agreement as a whole matrix: columns first, second, correlation; a method with itself is 1.

    Args:
        trust: results.
        step: of the snapshot.
        target: explained.
        score: rank or overlap.
        order: methods.
    """
    rows = trust.agreement
    rows = rows[(rows["step"] == step) & (rows["target"] == target) & (rows["score"] == score)]
    known = {frozenset(pair): value for *pair, value in zip(rows["first"], rows["second"], rows["value"], strict=True)}
    return pd.DataFrame(
        [
            {"first": a, "second": b, "correlation": 1.0 if a == b else known.get(frozenset((a, b)), float("nan"))}
            for a in order
            for b in order
        ]
    )


_PASTED = {"patch": "adversarial patch", "noise": "noise in its place", "without": "no patch"}
_TABLES = ("scores", "badges", "agreement", "decisions", "patches")


def _tested(commit: Commit) -> str:
    badges = commit.summary["badges"]
    steps = len(badges)
    targets = list(dict.fromkeys(target for of_step in badges.values() for target in of_step))
    methods = {method for of_step in badges.values() for of_target in of_step.values() for method in of_target}
    return f"{steps} snapshots, {len(methods)} methods, {' and '.join(targets)}"


def _found(scores: pd.DataFrame, criterion: Criterion, said: str) -> str:
    if said == "not asked":
        return ""
    parts = []
    for row in scores.to_dict("records"):
        name = str(row["score"])
        if not fnmatchcase(name, criterion.scores) or name.endswith("/mean") or isnan(row["value"]):
            continue
        which = f"{name.partition('/')[2]} " if criterion.scores.endswith("/*") else ""
        interval = "" if isnan(row["sure_low"]) else f" ({number(row['sure_low'])} to {number(row['sure_high'])})"
        parts.append(f"{which}{number(row['value'])}{interval}")
    return "; ".join(parts)
