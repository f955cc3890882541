"""What the Trust page plots of each test: which scores stand in which chart, and which criterion they answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from rlxai.trust.papers import TESTS, Test
from rlxai.trust.rule import RULE, Criterion

CHARTED = tuple(test for test in TESTS if test.name != "Agreement")
"""Tests of the page's tab Tests; agreement has a tab of its own."""
LOCATED = {"pointing": "pointing game", "rank-accuracy": "rank accuracy", "iou": "intersection over union"}
"""Measures of localisation."""
MEASURES = {"rank-used": "rank correlation, cells in use", "rank": "rank correlation, all cells", "ssim": "SSIM"}
"""How maps of randomised networks are compared."""
_CRITERIA = {criterion.name: criterion for criterion in RULE}
_RANK = "signed rank correlation"
_CHANGE = "‖R′ − R‖ / ‖R‖ (√2: unrelated)"


@dataclass(frozen=True)
class Dots:
    """One chart of scores."""

    title: str
    axis: str
    scores: tuple[str, ...]
    """Patterns, see `dashboards.readers.trust.score_rows`."""
    asks: str = ""
    """Name of the criterion that they answer."""
    log: bool = False
    chance: str = ""
    """Score of chance."""

    @property
    def criterion(self) -> Criterion | None:
        """The criterion; None where the scores are only to be seen."""
        return _CRITERIA.get(self.asks)


_SHOWN = {
    "Faithfulness": (
        Dots("Above random orders", "spreads of the target", ("above-random/*",), "faithful"),
        Dots("Above an edge detector", "spreads of the target", ("above-edges/*",), "beyond the picture"),
    ),
    "Action and unit": (
        Dots("Maps of different actions", _RANK, ("actions",), "tells actions apart"),
        Dots("Maps of different hidden units", _RANK, ("neurons",)),
    ),
    "Conservation": (
        Dots("Pixels + ledger − target", "error, relative", ("conservation/error",), "adds up", log=True),
        Dots("Kept by biases and stabilisers", "share of the relevance", ("conservation/kept",)),
        Dots("Empty maps", "share of the states", ("empty",), "says something"),
    ),
    "Continuity": (
        Dots("Noise of half a grey level", _CHANGE, ("continuity/noise",), "steady"),
        Dots("Ball one screen pixel aside", _CHANGE, ("continuity/ball-*",)),
        Dots("Picture moved by 4 cells", _RANK, ("shift/*/4",)),
    ),
    "Implementation": (
        Dots("Other weights of the same function, readable path", _CHANGE, ("implementation/*",),
             "about the function", log=True),
    ),
    "Adversarial patch": (
        Dots("Relevance on the patch", "lift (1: its share of the area)", ("patch/lift", "patch/lift-of-noise"),
             "notices what decided", log=True),
    ),
}  # fmt: skip


def charts_of(test: Test, target: str, objects: Iterable[str], located: str) -> tuple[Dots, ...]:
    """The charts of a test.

    Args:
        test: one of `CHARTED`.
        target: explained: which criterion a score answers may depend on it.
        objects: that are located.
        located: measure of localisation.
    """
    if test.name == "Localisation":
        return tuple(
            Dots(name.replace("-", " "), LOCATED[located], (f"{located}/{name}",), chance=f"{located}-chance/{name}")
            for name in objects
        )
    shown = _SHOWN.get(test.name, ())
    kind = target.partition(":")[0]
    return tuple(
        Dots(one.title, one.axis, one.scores, "about the decision", one.log) if _another(one.criterion, kind) else one
        for one in shown
    )


def criteria_of(test: Test) -> list[Criterion]:
    """The criteria of the rule that the scores of a test answer."""
    return [one for one in RULE if one.scores.partition("/")[0] in test.families]


def objects_of(scores: pd.DataFrame) -> list[str]:
    """Objects that were located."""
    names = scores["score"][scores["score"].str.startswith("iou/")]
    return [str(name).partition("/")[2] for name in dict.fromkeys(names)]


def _another(criterion: Criterion | None, kind: str) -> bool:
    """Whether the scores answer another criterion for this kind of target."""
    return criterion is not None and criterion.name == "tells actions apart" and kind not in criterion.targets
