"""What a campaign counts, and the table of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Category = Literal["lost", "wrong", "unclear"]
SHOWN_FAILURES = 20


@dataclass(frozen=True)
class Finding:
    """Something that must not happen: lost (a result is gone), wrong (a reader got what is not true), unclear (an
    error that is not one clear sentence)."""

    category: Category
    what: str


@dataclass
class Tally:
    """One row of the table."""

    campaign: str
    seed: int = 0
    tries: int = 0
    lost: int = 0
    wrong: int = 0
    unclear: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    """What is needed to repeat each."""
    notes: dict[str, int] = field(default_factory=dict)
    """Of the tries: how many hit what."""

    def add(self, where: str, findings: Iterable[Finding]) -> None:
        """One try; `where` says how to repeat it."""
        self.tries += 1
        self.judge(where, findings)

    def judge(self, where: str, findings: Iterable[Finding]) -> None:
        """What is found beside the tries."""
        found = list(findings)
        for category in {finding.category for finding in found}:
            setattr(self, category, getattr(self, category) + 1)
        self.failures += [f"{where}: {finding.category}: {finding.what}" for finding in found]

    def note(self, what: str, number: int = 1) -> None:
        """Count a circumstance."""
        self.notes[what] = self.notes.get(what, 0) + number

    def merge(self, plain: dict[str, Any]) -> None:
        """Add what the same campaign counted in another process."""
        for name in ("tries", "lost", "wrong", "unclear"):
            setattr(self, name, getattr(self, name) + plain[name])
        self.failures += plain["failures"]
        for what, number in plain["notes"].items():
            self.note(what, number)

    @contextmanager
    def timed(self) -> Iterator[Tally]:
        """Count the seconds of a block."""
        start = time.monotonic()
        try:
            yield self
        finally:
            self.seconds += time.monotonic() - start

    def require_clean(self) -> None:
        """Fail a test with all that was found."""
        assert self.tries > 0, f"{self.campaign}: nothing was tried"
        assert not self.failures, "\n".join(self.failures[:SHOWN_FAILURES])


def table(rows: Iterable[Any]) -> str:
    """A Markdown table; a row has campaign, tries, lost, wrong, unclear and seconds."""
    lines = ["| campaign | tries | lost | wrong | unclear | time, s |", "|---|---:|---:|---:|---:|---:|"]
    lines += [
        f"| {row.campaign} | {row.tries:,} | {row.lost} | {row.wrong} | {row.unclear} | {row.seconds:,.0f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"
