"""What `rlxai features` found: its newest result that can be read, with its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rlxai.errors import RunError
from rlxai.store import Commit, Run
from rlxai.store.readable import readable

TABLES = frozenset(f"{name}.parquet" for name in ("units", "dissection", "tuning", "exemplars", "detectors", "tuned"))


@dataclass(frozen=True, eq=False)
class Features:
    """One result."""

    commit: Commit
    """Tables of all snapshots, and features.html."""
    parts: Mapping[str, Commit]
    """Role -> further result, of those that are there: cards, weights, preimages, effects, embedding-best or -all."""

    @property
    def best(self) -> int:
        """Step of the snapshot that cards, games and the atlas are of."""
        return int(self.commit.summary["best"])


def newest_features(run: Run) -> tuple[Features | None, list[str]]:
    """The last result that can be read, and one sentence on everything that cannot."""
    commits, problems = readable(run, "features")
    commit = next((one for one in commits if set(one.files) >= TABLES), None)
    if commit is None:
        return None, problems
    parts = {}
    for role, kind, task in commit.spec["parts"]:
        try:
            parts[str(role)] = run.commit(str(kind), str(task))
        except RunError as error:
            problems.append(str(error))
    return Features(commit, parts), problems
