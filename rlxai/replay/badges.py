"""The badges that `rlxai trust` left in a run, cheap to ask for: every picture of a map shows its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rlxai.store import Run
from rlxai.store.readable import newest
from rlxai.trust.words import NOT_TESTED, WORDS

KIND = "trust-board"
"""Of the results that hold badges."""
Key = tuple[int, str, str]
"""Step of a snapshot, method and target."""


@dataclass(frozen=True)
class MapBadge:
    """What the tests say of one kind of map."""

    word: str = NOT_TESTED
    """trusted, use with care, misleading, or not tested."""
    reasons: tuple[str, ...] = ()
    """Criteria that were not passed, failed ones first."""

    @property
    def why(self) -> str:
        """One sentence."""
        if self.word == NOT_TESTED:
            return "Not tested: rlxai trust tests which maps may be believed."
        if not self.reasons:
            return "Trusted: all criteria that were asked are passed."
        return f"{self.word.capitalize()}. Not passed: {', '.join(self.reasons)}."


UNTESTED = MapBadge()


def badges(run: Run) -> Mapping[Key, MapBadge]:
    """The badges of a run by step, method and target, of the newest leaderboard that has one.

    What was not tested is missing. Damaged results are passed over: a badge is never a reason to show no map.
    """
    found: dict[Key, MapBadge] = {}
    for commit in newest(run, KIND):
        try:
            earned = dict(_earned(commit.summary["badges"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        found = earned | found
    return found


def badge_of(spec: Mapping[str, Any], earned: Mapping[Key, MapBadge]) -> MapBadge:
    """The badge of an attribution by its spec; maps with other than the default options are not tested."""
    if spec.get("options"):
        return UNTESTED
    return earned.get((int(spec["step"]), str(spec["method"]), str(spec["target"])), UNTESTED)


def _earned(nested: Mapping[str, Any]) -> Iterator[tuple[Key, MapBadge]]:
    for step, of_step in nested.items():
        for target, of_target in of_step.items():
            for method, told in of_target.items():
                if told["badge"] not in WORDS:
                    raise ValueError(told["badge"])
                reasons = tuple(reason for reason in told["reasons"].split("; ") if reason)
                yield (int(step), method, target), MapBadge(told["badge"], reasons)
