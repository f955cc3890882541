"""The page about a run's units: one HTML file without scripts or anything from the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pandas as pd

import rlxai.strategy.report as report
from rlxai.features.report_words import CARE, detector_sentences, effect_sentences, percent, preimage_sentence
from rlxai.strategy.claims.words import number
from rlxai.strategy.report.html import Html, image, join, section, table, tag

_TEMPLATE = Path(report.__file__).with_name("page.html")


@dataclass(frozen=True)
class FeaturesReport:
    """Everything on the page."""

    name: str
    """Of the run."""
    facts: Sequence[tuple[str, str]]
    best: int
    """Step of the snapshot that cards, pictures and games are of."""
    detectors: pd.DataFrame
    tuned: pd.DataFrame
    missed: pd.DataFrame
    """See `rlxai.features.missed.most_missed`."""
    effects: pd.DataFrame | None
    preimages: pd.DataFrame | None
    pictures: Mapping[str, tuple[bytes, str]]
    """Name of a figure -> file and kind (svg or png)."""
    layers: Sequence[str]
    """With a sheet of cards each."""

    def page(self) -> str:
        """The page."""
        body = join(
            self._head(), self._dissection(), self._missed(), self._effects(), self._cards(), self._weights(),
            self._preimages(), self._embeddings(),
            section("Read with care", tag("ul", *(tag("li", one) for one in CARE))), _FILES,
        )  # fmt: skip
        title = f"{self.name}: what its units are"
        return Template(_TEMPLATE.read_text("utf-8")).substitute(title=Html.escaped(title), body=body.text)

    def _head(self) -> Html:
        facts = join(*(join(tag("dt", term), tag("dd", said)) for term, said in self.facts))
        said = [*detector_sentences(self.detectors, self.best)[:2], *effect_sentences(self.effects)[:1]]
        return join(
            tag("h1", f"What are the units of {self.name}?"), tag("p", " ".join(said), class_="lead"),
            tag("dl", facts, class_="facts"),
        )  # fmt: skip

    def _dissection(self) -> Html:
        rows = [
            [
                row["object"], row["layer"], row["unit"], number(row["iou"]),
                f"{number(row['low'])} to {number(row['high'])}", number(row["chance"]), number(row["shuffled"]),
                number(row["random"]), number(row["selectivity"]), row["detectors"],
            ]
            for row in self.detectors[self.detectors.step == self.best]
            .sort_values(["object", "layer"]).to_dict("records")
        ]  # fmt: skip
        header = (
            "object", "layer", "best unit", "IoU", "interval", "by area", "masks of other states", "random networks",
            "selectivity", "detectors",
        )  # fmt: skip
        neurons = self.tuned[(self.tuned.step == self.best) & (self.tuned.layer != "outputs")]
        gain = (neurons.r2 - neurons.random.fillna(0)).sort_values(ascending=False, kind="stable")
        followed = [
            [row["property"], row["layer"], row["unit"], number(row["r2"]), number(row["random"])]
            for row in neurons.loc[gain.index[:15]].to_dict("records")
        ]
        return section(
            "Which units mark which objects",
            self._figure("detectors", "Score of the best unit of each layer for each object over training."),
            tag("ul", *(tag("li", one) for one in detector_sentences(self.detectors, self.best))),
            tag("details", tag("summary", "table of scores"), table(header, rows, "numbers")),
            tag("h3", "What neurons follow"),
            tag("p", "r² of the best neuron with a property of the state, first those furthest above the best of "
                "random networks, which follow much of what varies slowly."),
            table(("property", "layer", "neuron", "r²", "random networks"), followed, "numbers"),
        )  # fmt: skip

    def _missed(self) -> Html:
        rows = [
            [
                f"{row['layer']}, unit {row['unit']}", f"{row['changed']:.1%}",
                f"{row['changed_low']:.1%} to {row['changed_high']:.1%}", number(row["shift"]), row["marks"] or "–",
            ]
            for row in self.missed.to_dict("records")
        ]  # fmt: skip
        header = ("without", "decisions that change", "interval", "shift of advantages", "it marks")
        said = (
            "Each unit in turn is held at its mean activation, on states of play. The share of decisions that change "
            "is not what a game would lose, and what several units do alike none of them shows alone."
        )
        return section("Which single units the choice misses most", tag("p", said), table(header, rows, "numbers"))

    def _effects(self) -> Html:
        if self.effects is None:
            return Html("")
        rows = [
            [
                row["condition"], row["games"], number(row["score"]), f"{number(row['low'])} to {number(row['high'])}",
                number(row["difference"]), f"{number(row['difference_low'])} to {number(row['difference_high'])}",
                percent(row["share"]), number(row["decisions"]),
            ]
            for row in self.effects.to_dict("records")
        ]  # fmt: skip
        header = ("without", "games", "score", "interval", "difference", "interval", "left", "decisions")
        return section(
            "What objects and units are worth in games",
            self._figure("effects", f"Games of step {self.best:,}, paired by seed."),
            tag("ul", *(tag("li", one) for one in effect_sentences(self.effects))),
            tag("details", tag("summary", "table of games"), table(header, rows, "numbers")),
        )

    def _cards(self) -> Html:
        parts = [
            tag("details", tag("summary", f"{layer}"), self._figure(f"cards-{layer}", f"Units of {layer}."),
                **({"open": "open"} if index == 0 else {}))
            for index, layer in enumerate(self.layers)
        ]  # fmt: skip
        return section(f"Cards of the units of step {self.best:,}", *parts)

    def _weights(self) -> Html:
        first = self._figure("change", "Kernels of the first layer over training; dots are units, larger if stronger.")
        rest = [self._figure(name, "") for name in self.pictures if name.startswith("kernels")]
        maps = self._figure("maps", "What each layer makes of one state.")
        return section("Weights and feature maps", first, maps, *rest)

    def _preimages(self) -> Html:
        if self.preimages is None:
            return Html("")
        said = preimage_sentence(self.preimages)
        return section(
            "What each layer still knows", self._figure("preimages", "Pre-images of single states."), tag("p", said)
        )

    def _embeddings(self) -> Html:
        parts = [
            self._figure(name, caption)
            for name, caption in (
                ("embedding-best", "The last hidden layer on the snapshot's own states."),
                ("atlas", "Activation atlas of the same states."),
                ("embedding-all", "The last hidden layer of all snapshots on the same states."),
            )
        ]
        return section("Embeddings and atlas", *parts) if any(part.text for part in parts) else Html("")

    def _figure(self, name: str, caption: str) -> Html:
        if name not in self.pictures:
            return Html("")
        data, kind = self.pictures[name]
        return tag("figure", image(data, kind, caption or name), tag("figcaption", caption) if caption else "")


_FILES = section(
    "Files",
    tag("p", "Beside this page, as Parquet, the first three as CSV too:"),
    table(
        ("file", "holds"),
        [
            ("detectors", "best unit of each layer for each object and snapshot, controls, number of detectors"),
            ("tuned", "best neuron for each property of the state and snapshot, with random networks"),
            ("effects", "scores without an object or units"),
            ("units", "activity of every unit of every snapshot, and the share of decisions that change without it"),
            ("dissection", "score of every unit for every object and snapshot, with controls"),
            ("tuning", "r² of every neuron with every property of the state"),
            ("exemplars", "strongest and weakest states of every unit: game, decision, place"),
            ("cards", "what optimised inputs reach, beside the strongest real frame"),
        ],
    ),
)  # fmt: skip
