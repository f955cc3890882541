"""The report of a run: one HTML page without scripts or anything from the network, made of what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd

from rlxai.strategy.claims.moments import Moment
from rlxai.strategy.claims.table import Verdicts
from rlxai.strategy.claims.verdict import Verdict
from rlxai.strategy.claims.words import figure_words, number
from rlxai.strategy.curves import Curves
from rlxai.strategy.figure import shown_objects
from rlxai.strategy.report.html import BREAK, Html, image, join, section, table, tag
from rlxai.strategy.report.section import Section
from rlxai.strategy.report.tables import behaviour_table, change_table, edit_table, lead_table, verdict_grid
from rlxai.strategy.report.words import (
    CAUTIONS,
    change_sentences,
    cluster_sentence,
    lead_sentences,
    lift_sentence,
    summary_sentence,
)

_TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True)
class Clusters:
    """A clustering, as `rlxai.pipeline.strategy.spray.SprayTask` leaves it."""

    of: str
    """Which maps, in words."""
    summary: Mapping[str, Any]
    png: bytes


@dataclass(frozen=True)
class Report:
    """Everything on the page."""

    name: str
    """Of the run."""
    facts: Sequence[tuple[str, str]]
    """What was looked at: term and description."""
    curves: Curves
    emergence: pd.DataFrame
    leads: pd.DataFrame
    verdicts: Verdicts
    figures: Mapping[str, bytes]
    """SVG of `emergence` and `ledger`."""
    clusters: Sequence[Clusters] = ()
    sections: Sequence[Section] = ()
    """Of further results."""
    moments: Mapping[str, tuple[list[Moment], list[Moment]]] = field(default_factory=dict)
    """Claim -> moments that show it best and worst."""
    pictures: Mapping[Moment, bytes] = field(default_factory=dict)
    """PNG of each."""

    def page(self) -> str:
        """The page."""
        title = f"{self.name}: strategy report"
        body = join(
            self._head(), self._verdicts(), self._emergence(), self._relevance(), self._behaviour(), self._edits(),
            self._clusters(), self._further(), _CARE, _FILES,
        )  # fmt: skip
        return Template(_TEMPLATE.read_text("utf-8")).substitute(title=Html.escaped(title), body=body.text)

    def _head(self) -> Html:
        facts = join(*(join(tag("dt", term), tag("dd", said)) for term, said in self.facts))
        return join(
            tag("h1", f"What strategy did {self.name} learn?"),
            tag("p", summary_sentence(self.verdicts.of_run), class_="lead"),
            tag("dl", facts, class_="facts"),
        )

    def _verdicts(self) -> Html:
        order = {"supported": 0, "refuted": 1, "untested": 2}
        ranked = sorted(self.verdicts.of_run, key=lambda verdict: order[verdict.word])
        grid = tag("p", "The same claims at each snapshot: ✓ supported, ✗ refuted, · untested.", class_="soft")
        return section(
            "Verdicts", *map(self._claim, ranked), tag("h3", "Over training"), grid, verdict_grid(self.verdicts)
        )

    def _claim(self, verdict: Verdict) -> Html:
        evidence = tag(
            "ul", *(tag("li", f"{f.sentence[:1].upper()}{f.sentence[1:]}: {f.outcome}.") for f in verdict.findings)
        )
        head = tag("h3", tag("span", verdict.claim.name), tag("span", verdict.word, class_="word"))
        best, worst = self.moments.get(verdict.claim.name, ([], []))
        shown = tag(
            "div",
            *(self._moment(m, "best") for m in best),
            *(self._moment(m, "worst") for m in worst),
            class_="moments",
        )
        summary = tag("summary", "evidence and moments" if best else "evidence")
        return tag(
            "article", head, tag("p", verdict.claim.hypothesis, class_="hypothesis"), tag("p", verdict.sentence),
            tag("details", summary, evidence, shown if best else ""), class_=f"claim {verdict.word}",
        )  # fmt: skip

    def _moment(self, moment: Moment, which: str) -> Html:
        words = f"{which}: {figure_words(moment.figure)} {number(moment.value)}"
        where = f"step {moment.step:,}, game {moment.game[:8]}, decision {moment.decision:,}"
        picture = self.pictures.get(moment)
        shown = image(picture, "png", f"screen with relevance, {where}") if picture else ""
        return tag("figure", shown, tag("figcaption", words, BREAK, where))

    def _emergence(self) -> Html:
        said, rest = change_sentences(self.emergence)
        lines = [*said, rest, *lead_sentences(self.leads, self.emergence)]
        return section(
            "How it began", self._figure("emergence", "The score, when each curve changes, and the curves themselves."),
            tag("ul", *(tag("li", line) for line in lines)),
            change_table(self.emergence), lead_table(self.leads),
        )  # fmt: skip

    def _relevance(self) -> Html:
        lifts = self.curves.table.figure[self.curves.table.figure.str.fullmatch("lift/[^/]*")]
        objects = shown_objects((name.removeprefix("lift/") for name in lifts), 3)
        said = [lift_sentence(self.curves, name, states) for name in objects for states in ("common", "own")]
        return section(
            "Where the relevance rests", self._figure("ledger", "Lift of relevance over training, with controls."),
            tag("p", f"At step {self.curves.best:,}, which plays best:"),
            tag("ul", *(tag("li", line) for line in said if line)),
        )  # fmt: skip

    def _figure(self, name: str, alt: str) -> Html:
        return tag("figure", image(self.figures[name], "svg", alt), tag("figcaption", alt))

    def _behaviour(self) -> Html:
        shown = behaviour_table(self.curves)
        return section("What it does", shown or tag("p", "Behaviour was not measured.", class_="soft"))

    def _edits(self) -> Html:
        shown = edit_table(self.curves)
        none = tag("p", "No states were edited, so nothing is known of causes.", class_="soft")
        return section("What it would do otherwise", shown or none)

    def _clusters(self) -> Html:
        parts = [
            join(
                tag("h3", one.of), tag("p", cluster_sentence(one.summary)),
                tag("figure", image(one.png, "png", f"clusters of the maps of {one.of}")),
            )
            for one in self.clusters
        ]  # fmt: skip
        return section("What the maps have in common", *parts) if parts else Html("")

    def _further(self) -> Html:
        return join(*(one.html() for one in self.sections))


_CARE = section("Read with care", tag("ul", *(tag("li", one) for one in CAUTIONS)))
_FILES = section(
    "Files",
    tag("p", "Beside this page, each as CSV and Parquet:"),
    table(
        ("file", "holds"),
        [
            ("verdicts", "each claim for the run and at each snapshot, in a sentence"),
            ("evidence", "each piece of evidence with value, interval, games and threshold"),
            ("curves", "every figure of every game and snapshot, with controls"),
            ("emergence, leads", "when the curves of the story change, and which comes first"),
            ("ledger", "relevance per object, stacked frame and control"),
        ],
    ),
)
