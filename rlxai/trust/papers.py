"""Every test with its paper, and what it cannot show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """A test as readers meet it."""

    __test__ = False  # for pytest

    name: str
    scores: str
    """Names of its scores, see `rlxai.trust.battery`."""
    papers: tuple[tuple[str, str], ...]
    """(citation, address) of each."""
    blind: str
    """What it cannot show."""

    @property
    def families(self) -> tuple[str, ...]:
        """First parts of the names of its scores."""
        return tuple(self.scores.split(", "))


_ARXIV = "https://arxiv.org/abs/"
_IG = ("Sundararajan et al. 2017", f"{_ARXIV}1703.01365")

TESTS = (
    Test(
        "Faithfulness", "faithfulness, above-random, above-edges",
        (
            ("Samek et al. 2017", "https://doi.org/10.1109/TNNLS.2016.2599820"),
            ("Petsiuk et al. 2018", f"{_ARXIV}1806.07421"),
        ),
        "whether the map is right pixel by pixel; pictures with replaced pixels are none that the network knows",
    ),
    Test(
        "Localisation", "pointing, rank-accuracy, iou",
        (
            ("Zhang et al. 2018", "https://doi.org/10.1007/s11263-017-1059-x"),
            ("Arras et al. 2022", "https://doi.org/10.1016/j.inffus.2021.11.008"),
        ),
        "whether the agent needs the object",
    ),
    Test(
        "Randomised layers", "sanity", (("Adebayo et al. 2018", f"{_ARXIV}1810.03292"),),
        "whether a map that changes is right: noise changes too",
    ),
    Test(
        "Action and unit", "actions, neurons", (("Sixt et al. 2020", f"{_ARXIV}1912.09818"),),
        "whether the actions truly differ in what they rest on",
    ),
    Test(
        "Conservation", "conservation", (("Bach et al. 2015", "https://doi.org/10.1371/journal.pone.0130140"), _IG),
        "where the relevance should be",
    ),
    Test(
        "Continuity", "continuity, shift", (("Yeh et al. 2019", f"{_ARXIV}1901.09392"),),
        "whether the network itself jumps there; linear layers do not follow a shift either",
    ),
    Test("Implementation", "implementation", (_IG,), "all other networks that are the same function"),
    Test(
        "Small changes", "decisions.parquet",
        (
            ("Goodfellow et al. 2015", f"{_ARXIV}1412.6572"),
            ("Huang et al. 2017", f"{_ARXIV}1702.02284"),
        ),
        "whether the other action was worse",
    ),
    Test(
        "Adversarial patch", "patch, patches.parquet", (("Brown et al. 2017", f"{_ARXIV}1712.09665"),),
        "anything about maps where no patch works",
    ),
    Test(
        "Agreement", "agreement.parquet", (("Krishna et al. 2022", f"{_ARXIV}2202.01602"),),
        "which of two methods that disagree is right",
    ),
)  # fmt: skip


def test_of(score: str) -> Test | None:
    """The test that a score is of; None where there is no paper on it."""
    return next((test for test in TESTS if score.partition("/")[0] in test.families), None)
