"""Task: the leaderboard of methods and snapshots, from the results of all tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy.saving import save_figure
from rlxai.trust.figure import agreement_figure, leaderboard_figure, robustness_figure, sanity_figure
from rlxai.trust.leaderboard import badge_table, leaderboard, method_order, score_table, with_means
from rlxai.trust.page import trust_page

_CAPTIONS = {
    "leaderboard": "Badges by snapshot, and faithfulness above random orders of the same pixels: mean over fills, in "
    "standard deviations of the target.",
    "sanity": "What is left of the maps of the best snapshot when layers are drawn anew (Adebayo et al. 2018). Cells "
    "that both maps leave at exactly zero do not count. Bands: 95 % over games.",
    "agreement": "Mean rank correlation of the maps of each two methods at the best snapshot.",
    "robustness": "Left: share of states in which the greedy action changes. Right: how often a patch gets its action "
    "pressed in games that it was not found on. Bands: 95 % over games.",
}


@dataclass(frozen=True)
class TrustBoardTask:
    """All results as tables, figures and a page."""

    trust: tuple[str, ...]
    """Tasks of kind trust."""
    agreement: tuple[str, ...]
    robustness: tuple[str, ...]
    best: int
    """The snapshot that figures of one snapshot show."""

    kind = "trust-board"
    code = 2
    title = "leaderboard of maps"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "trust": list(self.trust), "agreement": list(self.agreement),
            "robustness": list(self.robustness), "best": self.best,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write tables of all that was found, the leaderboard as CSV too, four figures, and trust.html.

        The summary holds the badges by step, target and method.
        """
        rows = [_read(run, "trust", self.trust, "scores"), _read(run, "trust-robustness", self.robustness, "scores")]
        scores = score_table(with_means(pd.concat(rows, ignore_index=True)))
        badges = badge_table(scores)
        board = leaderboard(scores, badges)
        agreement = score_table(
            _read(run, "trust-agreement", self.agreement, "agreement"), ("step", "target", "first", "second", "score")
        )
        decisions = score_table(_read(run, "trust-robustness", self.robustness, "decisions"), ("step", "score"))
        patches = _read(run, "trust-robustness", self.robustness, "patches")
        by_size = patches.groupby(["step", "size", "score", "game"], sort=False)["value"].mean().reset_index()
        tables = {
            "scores": scores, "badges": badges, "leaderboard": board, "agreement": agreement, "decisions": decisions,
            "patches": score_table(patches, ("step", "action", "place", "score")),
            "curves": _read(run, "trust", self.trust, "curves"),
        }  # fmt: skip
        for name, table in tables.items():
            table.to_parquet(attempt.folder / f"{name}.parquet", write_page_checksum=True)
        board.to_csv(attempt.folder / "leaderboard.csv", index=False, float_format="%.6g")
        self._draw(run, attempt, scores, badges, agreement, decisions, score_table(by_size, ("step", "size", "score")))
        states = run.commit("trust", self.trust[0]).summary
        facts = (
            ("states", f"{states['states']} of {states['games']} different games"),
            ("snapshots", f"{badges.step.nunique()}"), ("methods", ", ".join(dict.fromkeys(badges.method))),
            ("targets", ", ".join(dict.fromkeys(badges.target))), ("tables", ", ".join(f"{n}.parquet" for n in tables)),
        )  # fmt: skip
        svg = {_CAPTIONS[name]: (attempt.folder / f"{name}.svg").read_bytes() for name in _CAPTIONS}
        page = trust_page(run.name, facts, board, badges, svg)
        (attempt.folder / "trust.html").write_text(page, "utf-8")
        attempt.summary = {"best": self.best, "badges": nested(badges), **states}
        progress(1, 1)

    def _draw(
        self, run: Run, attempt: Attempt, scores: pd.DataFrame, badges: pd.DataFrame, agreement: pd.DataFrame,
        decisions: pd.DataFrame, patches: pd.DataFrame,
    ) -> None:  # fmt: skip
        target = str(badges.target.iloc[0])
        methods = method_order(badges[badges.step == self.best], scores, target)
        shown = agreement[(agreement.step == self.best) & (agreement.target == target) & (agreement.score == "rank")]
        title = f"{run.name}, step {self.best:,}, {target}"
        figures = {
            "leaderboard": leaderboard_figure(scores, badges, title=run.name),
            "sanity": sanity_figure(scores, self.best, target, methods, title=run.name),
            "agreement": agreement_figure(shown, methods, title=title),
            "robustness": robustness_figure(decisions, patches, title=run.name),
        }
        for name, figure in figures.items():
            save_figure(figure, attempt.folder, name)


def _read(run: Run, kind: str, tasks: tuple[str, ...], name: str) -> pd.DataFrame:
    parts = [pd.read_parquet(run.commit(kind, task).folder / f"{name}.parquet") for task in tasks]
    return pd.concat(parts, ignore_index=True)


def nested(badges: pd.DataFrame) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """Step -> target -> method -> badge and reasons."""
    found: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for row in badges.to_dict("records"):
        of_target = found.setdefault(str(row["step"]), {}).setdefault(row["target"], {})
        of_target[row["method"]] = {"badge": row["badge"], "reasons": row["reasons"]}
    return found
