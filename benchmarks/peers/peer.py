"""What a peer is: another implementation of a method, to be timed beside ours."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.timing import Work


@dataclass(frozen=True)
class Peer:
    """One implementation of a method.

    Attributes:
        method: our name of it.
        library: distribution name, such as "captum".
        what: its own name, with the settings that matter.
        work: explains one batch.
        share: part of the batch that `work` explains: the cost of the whole batch is 1 / share times as much.
    """

    method: str
    library: str
    what: str
    work: Work
    share: float = 1.0
