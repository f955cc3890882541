"""Task: everything about a run's units joined into tables, figures and one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from rlxai.features.detectors import detectors, tuned
from rlxai.features.detectors_figure import detectors_figure
from rlxai.features.missed import most_missed
from rlxai.features.report import FeaturesReport
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Commit, Run
from rlxai.strategy.figure import shown_objects
from rlxai.strategy.saving import save_figure

TABLES = ("units", "dissection", "tuning", "exemplars")


@dataclass(frozen=True)
class FeaturesTask:
    """All results about units of a run."""

    units: tuple[str, ...]
    """Tasks of kind features-units, one per snapshot."""
    parts: tuple[tuple[str, str, str], ...]
    """(role, kind, task) of further results: cards, weights, preimages, effects, embedding-best, embedding-all."""
    best: int
    """Step of the snapshot that plays best."""

    kind = "features"
    code = 2
    title = "page about the units"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "units": list(self.units), "parts": [list(part) for part in self.parts],
            "best": self.best,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write tables of all snapshots, detectors and tuned as tables and a figure, and features.html."""
        commits = [run.commit("features-units", task) for task in self.units]
        tables = {
            name: pd.concat([pd.read_parquet(c.folder / f"{name}.parquet") for c in commits], ignore_index=True)
            for name in TABLES
        }
        tables["detectors"] = detectors(tables["dissection"])
        tables["tuned"] = tuned(tables["tuning"])
        parts = {role: run.commit(kind, task) for role, kind, task in self.parts}
        for role, name in (("effects", "effects"), ("cards", "cards")):
            if role in parts:
                tables[name] = pd.read_parquet(parts[role].folder / f"{name}.parquet")
        for name, table in tables.items():
            table.to_parquet(attempt.folder / f"{name}.parquet", write_page_checksum=True)
            if name in ("detectors", "tuned", "effects"):
                table.to_csv(attempt.folder / f"{name}.csv", index=False, float_format="%.6g")
        progress(1, 3)
        objects = shown_objects(tables["detectors"].object, 5)
        figure = detectors_figure(tables["detectors"], objects, title=f"{run.name}: which objects units mark")
        save_figure(figure, attempt.folder, "detectors")
        progress(2, 3)
        preimages = parts.get("preimages")
        page = FeaturesReport(
            name=run.name, facts=self._facts(run, commits, parts), best=self.best, detectors=tables["detectors"],
            tuned=tables["tuned"], missed=most_missed(tables["units"], tables["dissection"], self.best),
            effects=tables.get("effects"),
            preimages=pd.read_parquet(preimages.folder / "preimages.parquet") if preimages else None,
            pictures=_pictures(attempt, parts), layers=parts["cards"].summary["layers"] if "cards" in parts else [],
        ).page()  # fmt: skip
        (attempt.folder / "features.html").write_text(page, "utf-8")
        mine = tables["detectors"][tables["detectors"].step == self.best]
        attempt.summary = {
            "best": self.best, "snapshots": len(commits), "states": commits[0].summary["states"],
            "detectors": {str(k): int(v) for k, v in mine.groupby("object").detectors.sum().items()},
        }  # fmt: skip
        progress(3, 3)

    def _facts(self, run: Run, commits: list[Commit], parts: dict[str, Commit]) -> list[tuple[str, str]]:
        first = commits[0].summary
        chosen = next(c for c in commits if c.spec["step"] == self.best)
        dead = ", ".join(
            f"{count} of {chosen.summary['units'][n]} in {n}" for n, count in chosen.summary["dead"].items()
        )
        found = [
            ("game", str(run.info["game"])), ("snapshots", f"{len(commits)}"), ("plays best", f"step {self.best:,}"),
            ("states", f"{first['states']} of {first['games']} games, the same for all snapshots"),
            ("units never active there", f"{dead} (step {self.best:,})"),
        ]  # fmt: skip
        if "effects" in parts:
            found.append(("games per condition", f"{parts['effects'].summary['games']}, paired by seed"))
        return found


def _pictures(attempt: Attempt, parts: dict[str, Commit]) -> dict[str, tuple[bytes, str]]:
    """Small drawings as SVG, those made of many pixels as PNG."""
    found = {"detectors": ((attempt.folder / "detectors.svg").read_bytes(), "svg")}
    for role, commit in parts.items():
        for name in sorted(commit.files):
            stem, _, kind = name.rpartition(".")
            drawn = stem in ("effects", "change")
            if kind != ("svg" if drawn else "png"):
                continue
            key = {"cards": f"cards-{stem}", "embedding-best": stem if stem == "atlas" else role}.get(role)
            key = role if role == "embedding-all" else key or stem
            found[key] = ((commit.folder / name).read_bytes(), kind)
    return found
