"""What the report of a run says of its units."""

from __future__ import annotations

from rlxai.features.report_words import detector_sentences, effect_sentences
from rlxai.store import Commit
from rlxai.store.readable import read_table
from rlxai.strategy.report.section import Section

_MOST = 4


def features_section(commit: Commit) -> Section:
    """Which units mark which objects, and what is lost without them.

    Raises:
        RunError: a table is missing or damaged.
    """
    best = int(commit.summary["best"])
    effects = read_table(commit, "effects.parquet") if "effects.parquet" in commit.files else None
    said = [*detector_sentences(read_table(commit, "detectors.parquet"), best), *effect_sentences(effects)[:_MOST]]
    return Section(
        f"What its units mark (step {best:,})", tuple(said),
        "Score of the best unit of each layer for each object over training, with the number of units that beat both "
        "controls. A score says where a unit fires, not what it is used for.",
        (commit.folder / "detectors.svg").read_bytes(), "features.html",
    )  # fmt: skip
