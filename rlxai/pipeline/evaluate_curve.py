"""Task: the learning curve of a run, as a table and a figure."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pandas as pd

from rlxai.errors import FileRefused, RunError
from rlxai.files import sha256_file
from rlxai.networks.reading import read_bounded
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Commit, Run
from rlxai.strategy.learning_curve import COLUMNS, reference_curve, training_curve
from rlxai.strategy.learning_curve_figure import curve_figure
from rlxai.strategy.saving import save_figure


@dataclass(frozen=True)
class CurveTask:
    """Evaluations beside the games of the training, and beside a published training of the game."""

    evaluations: tuple[str, ...]
    """Their tasks."""
    monitor: str | None
    """SHA-256 of monitor.csv; None where there is none."""

    kind = "learning-curve"
    code = 1
    title = "learning curve"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {"code": self.code, "evaluations": list(self.evaluations), "monitor": self.monitor}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write curve.csv, curve.svg and curve.png."""
        evaluations = [run.commit("evaluation", task) for task in self.evaluations]
        settings = run.info["preprocessing"]
        curves = [_evaluation(evaluations)]
        if self.monitor:
            curves.append(_training(run, settings["frame_skip"]))
        # What a training with sticky actions comes to cannot be compared with one without.
        reference = None if settings["sticky"] else reference_curve(run.info["game"])
        if reference:
            curves.append(reference[1])
        table = pd.concat(curves, ignore_index=True).reindex(columns=COLUMNS)
        table.to_csv(attempt.folder / "curve.csv", index=False, float_format="%.6g")
        games = pd.DataFrame(
            [(c.spec["step"], score) for c in evaluations for score in c.summary["scores"]], columns=["step", "score"]
        )
        figure = curve_figure(
            table, games, title=f"{run.name}: learning curve",
            kind=_words(evaluations[0]), reference=reference[0] if reference else "",
        )  # fmt: skip
        save_figure(figure, attempt.folder, "curve")


def monitor_digest(run: Run) -> str | None:
    """SHA-256 of the run's monitor.csv; None where there is none."""
    path = run.path / "monitor.csv"
    return sha256_file(path) if path.exists() else None


def _evaluation(evaluations: list[Commit]) -> pd.DataFrame:
    rows = [
        {
            "series": "evaluation", "step": c.spec["step"], "games": c.spec["games"], "mean": c.summary["mean"],
            "low": c.summary["low"], "high": c.summary["high"], "best": c.summary["max"],
        }
        for c in evaluations
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"low": float, "high": float})  # None where a mean of one game has no interval


def _training(run: Run, frame_skip: int) -> pd.DataFrame:
    path = run.path / "monitor.csv"
    try:
        table = pd.read_csv(BytesIO(read_bounded(path)), skiprows=1)  # the first line is a JSON comment
        return training_curve(table["r"].to_numpy(float), table["l"].to_numpy(float), frame_skip)
    except FileRefused as error:
        raise RunError(f"{path}: {error}") from None
    except (ValueError, KeyError) as error:
        raise RunError(f"{path}: is not a readable monitor.csv ({type(error).__name__})") from None


def _words(evaluation: Commit) -> str:
    games, epsilon = evaluation.spec["games"], evaluation.spec["epsilon"]
    return f"{games} games with ε = {epsilon:g} (95 % interval of the mean; dots: games)"
