"""Runs on disk: content-addressed tasks, atomic commits, checksums everywhere."""

from rlxai.store.commit import Commit
from rlxai.store.identity import task_id
from rlxai.store.leftovers import Leftover, leftovers, remove
from rlxai.store.maps import Maps, MapsWriter, open_maps
from rlxai.store.run import Attempt, Run, SnapshotRef, open_run
from rlxai.store.scores import Scores, scores
from rlxai.store.verify import Report, verify

__all__ = [
    "Attempt",
    "Commit",
    "Leftover",
    "Maps",
    "MapsWriter",
    "Report",
    "Run",
    "Scores",
    "SnapshotRef",
    "leftovers",
    "open_maps",
    "open_run",
    "remove",
    "scores",
    "task_id",
    "verify",
]
