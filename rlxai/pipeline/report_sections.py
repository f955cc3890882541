"""Further results of a run that its report sums up: one function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from rlxai.pipeline.features.section import features_section
from rlxai.pipeline.trust.section import trust_section
from rlxai.store import Commit, Run
from rlxai.store.readable import newest
from rlxai.strategy.report.section import Section

FOUND = ("trust-board", "features")
"""Kinds of which the last result is taken, where the run has one; others are made for the report."""


_RUN = "../../../../"
"""The run, seen from a result: objects/<kind>/<task>/<attempt>."""


def further_results(run: Run) -> list[Commit]:
    """The last result that can be read of each kind in `FOUND`."""
    return [commit for kind in FOUND for commit in islice(newest(run, kind), 1)]


def sections(results: Sequence[Commit]) -> list[Section]:
    """A section for each result; links lead to its page from where the report is.

    Raises:
        RunError: a file of a result is missing or damaged.
    """
    found = []
    for commit in results:
        section = _SECTIONS[commit.kind](commit)
        link = f"{_RUN}{commit.prefix}/{section.link}" if section.link else ""
        found.append(replace(section, link=link))
    return found


def _aligned(commit: Commit) -> Section:
    caption = "Lift of relevance around the events of the snapshots' own games. Dotted: what decisions at random have."
    return Section("Around events", caption=caption, svg=(commit.folder / "aligned.svg").read_bytes())


def _atoms(commit: Commit) -> Section:
    caption = "Relevance of each hidden unit by z⁺ (ATOMs, Beylier et al. 2024), beside random networks."
    return Section("What single units see", caption=caption, svg=(commit.folder / "atoms.svg").read_bytes())


_SECTIONS: Mapping[str, Callable[[Commit], Section]] = {
    "aligned-figure": _aligned, "atoms-figure": _atoms, "features": features_section,
    "trust-board": trust_section,
}  # fmt: skip
